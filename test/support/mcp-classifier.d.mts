export interface McpClassifierOptions {
  readonly tools?: readonly string[];
  readonly categories?: readonly string[];
  readonly answer?: Readonly<Record<string, unknown>>;
  readonly mode?: 'text' | 'structured' | 'fenced' | 'prose' | 'error' | 'silent';
  /** The whole answer, instead of a class that is found in the text. */
  readonly raw?: Readonly<Record<string, unknown>>;
  /** As a program: prints lines that are no messages before each answer. */
  readonly junk?: boolean;
  /** Calls that are answered before the program ends. */
  readonly lives?: number;
  /** File that gets a line per start and call. */
  readonly log?: string;
  /** Name of the argument that holds the text. */
  readonly argument?: string;
  readonly description?: string;
}

export interface McpClassifier {
  handle(message: unknown): unknown;
  readonly state: { calls: number; lists: number; categories: readonly string[]; onExit: () => void };
}

export function createMcpClassifier(options?: McpClassifierOptions): McpClassifier;
