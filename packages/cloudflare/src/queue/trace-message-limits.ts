/** Largest number of records in one message, and of bytes: D1 takes them as one value, a queue takes 128 kB. */
export const RECORDS_MAX = 100;
export const MESSAGE_BYTES_MAX = 100_000;
