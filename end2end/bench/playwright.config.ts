import config from '../playwright.config.ts';

/** Measures pages on a slow phone (`bin/bench --page`), and rooms of GIFs (`bin/bench --gifs`). These are no tests. */
export default {
  ...config,
  projects: [{ name: 'bench' }],
  testDir: '.',
  outputDir: '../test-results/bench',
  reporter: 'line',
  workers: 1,
  timeout: 300_000,
};
