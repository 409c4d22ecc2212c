import config from '../playwright.config.ts';

/** Pictures for the documents, taken by hand (`npm run picture`): no tests. */
export default { ...config, projects: [], testDir: '.', outputDir: '../test-results/pictures', reporter: 'list' };
