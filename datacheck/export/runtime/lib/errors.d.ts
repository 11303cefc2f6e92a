/** A value that the transform refuses, with the place where it stands. */
export class DatacheckError extends Error {
  /** The row's position in the batch; undefined for a row given alone. */
  readonly row: number | undefined;
  /** The field's name. */
  readonly column: string | undefined;
  /** The value as it was given. */
  readonly value: unknown;
}
