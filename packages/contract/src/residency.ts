/** Where an organization’s requests may be served: in the European Union, or in the United States. */
export const RESIDENCIES = ['eu', 'us'] as const;
export type Residency = (typeof RESIDENCIES)[number];
