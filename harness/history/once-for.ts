/**
 * Answers that many ask of the same recording, each worked out once and kept as long as the recording
 * is: what was recorded never changes.
 */
export function onceFor<Recorded extends object, Answer>(
  work: (recorded: Recorded) => Answer,
): (recorded: Recorded) => Answer {
  const known = new WeakMap<Recorded, { readonly answer: Answer }>();
  return (recorded) => {
    const before = known.get(recorded);
    if (before !== undefined) return before.answer;
    const answer = work(recorded);
    known.set(recorded, { answer });
    return answer;
  };
}
