// Runs before the first paint so that a chosen theme does not flash; the rest is state/theme.ts.
try {
  const t = localStorage.getItem('belfry.theme');
  if (t === 'dark' || t === 'light') document.documentElement.dataset.theme = t;
} catch { /* storage is off: follow the system */ }
