/** The part of negotiator 1 that is used; the published types are of an older release without `preferred`. */
declare module 'negotiator' {
  export default class Negotiator {
    constructor(request: { readonly headers: Readonly<Record<string, unknown>> })
    /** The coding of the highest quality, among equals the one that comes first in `preferred`. */
    encoding(available: readonly string[], options: { readonly preferred: readonly string[] }): string | undefined
  }
}
