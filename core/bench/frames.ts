/**
 * How long each frame took in which the page moved. A frame without a move waits for more rows and has nothing to draw: it
 * would only flatter the others.
 */
export function frameTimes(stamps: readonly (readonly [at: number, moved: boolean])[]): number[] {
  return stamps.slice(1).flatMap(([at, moved], i) => (moved ? [at - stamps[i]![0]] : []))
}
