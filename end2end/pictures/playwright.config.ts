import config from '../playwright.config.ts';

/** Takes the pictures for the documents, on demand (`npm run picture`). These are no tests. */
export default { ...config, projects: [{ name: 'pictures' }], testDir: '.', outputDir: '../test-results/pictures', reporter: 'list' };
