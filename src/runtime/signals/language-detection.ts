/**
 * Detects the language of a text: by its script where that decides, else by n-grams.
 *
 * @module
 */

export interface DetectedLanguage {
  /** ISO 639-1 code. */
  readonly language: string;
  readonly confidence: number;
}

type Detector = (text: string) => readonly { readonly lang: string; readonly accuracy: number }[];

let detector: Detector | undefined;
let loading: Promise<void> | undefined;

/** Loads the n-gram tables (about 0.1 s), once. {@link detectLanguage} may be called after that. */
export function warmUpLanguageDetection(): Promise<void> {
  loading ??= import('tinyld').then(({ detectAll }) => {
    detector = detectAll;
  });
  return loading;
}

export function languageDetectionReady(): boolean {
  return detector !== undefined;
}

/** Undefined if the text has no recognisable language. */
export function detectLanguage(text: string): DetectedLanguage | undefined {
  const [best] = detector?.(text) ?? [];
  return best === undefined ? undefined : { language: best.lang, confidence: Math.min(1, best.accuracy) };
}
