/** The greatest integer in lo..hi at which `holds` is true, given that it is true up to some point; lo − 1 when never. */
export function greatest(lo: number, hi: number, holds: (value: number) => boolean): number {
  let [below, above] = [lo - 1, hi + 1];
  while (above - below > 1) {
    const middle = below + Math.floor((above - below) / 2);
    if (holds(middle)) below = middle;
    else above = middle;
  }
  return below;
}
