import { Buffer } from 'node:buffer'

/**
 * The same text, made one piece. V8 only strings together what is added up, and puts the pieces together anew each time
 * they are written; what is written again and again is better put together once.
 */
export function inOnePiece(text: string): string {
  return Buffer.from(text).toString()
}
