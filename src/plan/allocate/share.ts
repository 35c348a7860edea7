/** Shares a machine among services: by weight, between each one's least and most, in whole grains. */

export interface Claim {
  /** Weight relative to the other claims', at least 1. */
  share: number;
  atLeast: number;
  atMost: number;
  /** Copies that each get the amount. */
  copies: number;
}

/**
 * The amount for one copy of each claim: the λ with Σ copies × clamp(λ × share, atLeast, atMost) = total, floored to the
 * grain; left-over grains go by largest remainder, ties in order, never past atMost. Σ copies × amount ≤ total always.
 * @param grain finest amount: 1 MiB, 10 millicores
 * @returns undefined when the least that all ask for is more than the total
 */
export function allocate(total: number, claims: readonly Claim[], grain: number): number[] | undefined {
  const grains = claims.map((claim) => ({
    ...claim,
    weight: claim.share,
    lo: Math.ceil(claim.atLeast / grain),
    hi: Math.floor(claim.atMost / grain),
  }));
  const available = Math.floor(total / grain);
  if (grains.some((claim) => claim.lo > claim.hi) || sum(grains.map((claim) => claim.copies * claim.lo)) > available)
    return undefined;

  // Water filling. With λ = rest / weight over the claims that are still free, those that λ puts out of bounds are fixed
  // a side at a time: the side with the larger total violation, because λ then moves away from the other.
  const fixed: (number | undefined)[] = grains.map(() => undefined);
  for (;;) {
    const free = grains.flatMap((_, index) => (fixed[index] === undefined ? index : []));
    const rest = available - sum(grains.map((claim, index) => claim.copies * (fixed[index] ?? 0)));
    const weight = sum(free.map((index) => grains[index]!.copies * grains[index]!.weight));
    const ideal = (index: number) => (rest * grains[index]!.weight) / weight;
    const below = free.filter((index) => grains[index]!.lo * weight > rest * grains[index]!.weight);
    const above = free.filter((index) => grains[index]!.hi * weight < rest * grains[index]!.weight);
    if (below.length === 0 && above.length === 0) {
      const amounts = grains.map(
        (_, index) =>
          fixed[index] ?? (rest * grains[index]!.weight - ((rest * grains[index]!.weight) % weight)) / weight,
      );
      const remainder = (index: number) => (rest * grains[index]!.weight) % weight;
      let left = rest - sum(free.map((index) => grains[index]!.copies * amounts[index]!));
      for (const index of free
        .filter((index) => remainder(index) > 0)
        .sort((a, b) => remainder(b) - remainder(a) || a - b)) {
        if (grains[index]!.copies > left || amounts[index]! >= grains[index]!.hi) continue;
        amounts[index] = amounts[index]! + 1;
        left -= grains[index]!.copies;
      }
      return amounts.map((amount) => amount * grain);
    }
    const violation = (indices: readonly number[], bound: 'lo' | 'hi') =>
      sum(indices.map((index) => grains[index]!.copies * Math.abs(grains[index]![bound] - ideal(index))));
    if (violation(below, 'lo') >= violation(above, 'hi')) for (const index of below) fixed[index] = grains[index]!.lo;
    else for (const index of above) fixed[index] = grains[index]!.hi;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
