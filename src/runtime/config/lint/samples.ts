/**
 * Everyday prompts about different things, in different words and languages: what matches all of them has nothing to
 * do with what a text is about.
 *
 * @module
 */
export const sampleTexts: readonly string[] = [
  'Could you recommend three novels about the sea?',
  'what time does the pharmacy close on sundays',
  'Write a birthday poem for my sister. She likes horses.',
  'def area(r): return 3.14 * r ** 2  # is this right?',
  'Solve x^2 - 5x + 6 = 0.',
  'Translate "good morning" into Italian',
  'Mein Drucker zeigt Fehler 0x610000f6 an, was nun?',
  '¿Cuánto tarda un paquete de Madrid a Sevilla?',
  'hi',
  'Summarise: The committee met on 4 May and postponed the vote.',
  '明日の天気はどうですか',
  'My knee hurts when I climb stairs!!! Should I see somebody?',
];
