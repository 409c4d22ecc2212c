/** Whether all rounds of the repeated tests are run instead of a tenth, and all cases of the matrices: bin/test --long. */
export const LONG = process.env['GIFCHAT_LONG'] === '1';
