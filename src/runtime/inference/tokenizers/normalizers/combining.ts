/**
 * The canonical order of combining characters.
 *
 * JavaScript does not tell combining classes, but two characters and `normalize` do: it swaps the two if
 * the class of the first is higher. Whole texts are never given to it, since it takes quadratic time on
 * long runs of marks, of which a hostile text can be made.
 *
 * @module
 */

/** The highest class there is belongs to this character alone. */
const highest = '\u0345';

/** Characters of one class. `order` compares with that of other classes. */
interface CombiningClass {
  readonly example: string;
  order: number;
}

const starters = new Map<string, boolean>();
/** In their order. About fifty in the end; known marks about a thousand. */
const classes: CombiningClass[] = [];
const classOf = new Map<string, CombiningClass>();

function swaps(first: string, second: string): boolean {
  return first !== second && (first + second).normalize('NFD') === second + first;
}

/** True unless the character combines with the one before it. Of one fully decomposed character. */
export function isStarter(character: string): boolean {
  if (character < '\u0300') return true;
  const known = starters.get(character);
  if (known !== undefined) return known;
  const made = character !== highest && !swaps(highest, character);
  if (starters.size < 16_384) starters.set(character, made);
  return made;
}

/** Number that orders the classes of non-starters: the same for the same class. May grow later on. */
function combiningClass(mark: string): CombiningClass {
  const known = classOf.get(mark);
  if (known !== undefined) return known;
  let at = classes.findIndex((other) => !swaps(mark, other.example));
  if (at === -1) at = classes.length;
  let found = classes[at];
  if (found === undefined || swaps(found.example, mark)) {
    found = { example: mark, order: 0 };
    classes.splice(at, 0, found);
    for (const [order, each] of classes.entries()) each.order = order;
  }
  classOf.set(mark, found);
  return found;
}

/** True if the two marks have the same class, so that neither may pass the other. */
export function sameClass(first: string, second: string): boolean {
  return combiningClass(first) === combiningClass(second);
}

/** Sorts non-starters by class, keeping the order within one. In place. */
export function sortMarks<T extends { readonly character: string }>(marks: T[]): void {
  if (marks.length < 2) return;
  // First all of them: a class that turns up while sorting would renumber the others.
  for (const { character } of marks) combiningClass(character);
  marks.sort((a, b) => combiningClass(a.character).order - combiningClass(b.character).order);
}
