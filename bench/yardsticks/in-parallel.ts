/** Works on the numbers of a range in their order, so many at once. */
export async function inParallel(
  { first, last }: { first: number; last: number },
  laneCount: number,
  work: (number: number) => Promise<unknown>,
): Promise<void> {
  let next = first;
  const workInTurn = async () => {
    while (next <= last) {
      const number = next;
      next += 1;
      await work(number);
    }
  };
  await Promise.all(Array.from({ length: laneCount }, workInTurn));
}
