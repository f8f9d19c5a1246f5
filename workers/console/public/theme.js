// Before the first paint, so that nobody who chose dark sees a white flash. A file, for the policy allows no inline script.
document.documentElement.dataset.theme = localStorage.getItem('sluice.theme') ?? 'system';
