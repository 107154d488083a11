/** More than an answer has that refuses: one this long repeats what it was sent. */
const REFUSAL_LIMIT = 2048;

/** What an answer comes to: its status with the code of its first error, such as `401 UNAUTHENTICATED`; `no answer` where nothing came. */
export function outcomeOf(answer: string): string {
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(answer) ?? [];
  if (status === undefined) return 'no answer';
  const [, code] = /"code":"(\w+)"/.exec(answer) ?? [];
  const outcome = code === undefined ? status : `${status} ${code}`;
  return answer.length > REFUSAL_LIMIT ? `${outcome}, in ${answer.length} characters` : outcome;
}
