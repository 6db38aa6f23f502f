/** The database cannot be used at all: for the people who run the server. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}
