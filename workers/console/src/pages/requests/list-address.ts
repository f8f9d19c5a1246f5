/** Where the list keeps its filters in this tab, so that the way back from a request leads to them. */
export const LIST_ADDRESS = 'sluice.requests';
