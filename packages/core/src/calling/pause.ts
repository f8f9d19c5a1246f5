/** Waits, but not for a client that has gone. */
export function pause(ms: number, client_gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (client_gone.aborted) return resolve();
    const stop = (): void => {
      clearTimeout(timer);
      client_gone.removeEventListener('abort', stop);
      resolve();
    };
    const timer = setTimeout(stop, ms);
    client_gone.addEventListener('abort', stop);
  });
}
