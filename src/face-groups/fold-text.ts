/**
 * The form in which texts are compared by a search: compatibility-normalised (NFKC) and without case,
 * independent of locale. `Ｆ` meets `f`, `ß` meets `SS`, and both Greek small sigmas meet `Σ`.
 *
 * Lower before upper: alone, neither makes one of every pair (`İ`, final sigma).
 */
export function foldText(text: string): string {
  return text.normalize('NFKC').toLowerCase().toUpperCase()
}
