/** The credential as most providers want it. An empty one, as a local server has, shows nothing. */
export const bearer = (credential: string): Record<string, string> =>
  credential === '' ? {} : { authorization: `Bearer ${credential}` };
