/** A page loads its style in two parts (docs/decisions/0059). Together they are all of the style that concerns it. */

import { gif } from '../lib/gif.ts';
import { expect, test, type Person } from '../lib/test.ts';

/** Rules that concern elements of the page, by where they are missing. */
interface Missing {
  /** Not in the page's style at all. */
  always: string[];
  /** Not in the first part, although they concern what the server has written and what is not opened first. */
  atFirst: string[];
}

/** Compares a page's style with the whole one, which error pages have. */
async function missingRules({ page }: Person): Promise<Missing> {
  return page.evaluate(async () => {
    type Rule = { key: string; selector: string };
    const rulesOf = (list: CSSRuleList, media = ''): Rule[] =>
      [...list].flatMap((rule) => {
        if (rule instanceof CSSStyleRule) return [{ key: `${media} ${rule.selectorText}`, selector: rule.selectorText }];
        // Paper and contrast themes may come later.
        if (!(rule instanceof CSSMediaRule) || /print|forced-colors/.test(rule.conditionText)) return [];
        return rulesOf(rule.cssRules, `${media} ${rule.conditionText}`);
      });
    const read = async (address: string): Promise<Rule[]> => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(await (await fetch(address)).text());
      return rulesOf(sheet.cssRules);
    };
    const addresses = (of: Document): string[] =>
      [...of.head.querySelectorAll<HTMLLinkElement>(':scope > link[rel=stylesheet]')].map(({ href }) => new URL(href, location.href).href);
    const other = new DOMParser().parseFromString(await (await fetch('/nowhere', { headers: { accept: 'text/html' } })).text(), 'text/html');
    const [wholeAddress] = addresses(other);
    const [firstAddress, ...laterAddresses] = addresses(document);
    if (!wholeAddress || !firstAddress || laterAddresses.length !== 1) throw new Error('the page has other style sheets than expected');
    const [whole, first, later] = await Promise.all([wholeAddress, firstAddress, laterAddresses[0] as string].map(read));
    const has = (rules: Rule[] | undefined, { key }: Rule): boolean => (rules ?? []).some((rule) => rule.key === key);

    // What comes later is not in the server's HTML.
    const written = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html');
    written.querySelectorAll('noscript, dialog, [popover]').forEach((hidden) => hidden.remove());

    // A rule concerns elements in whatever state they are.
    const states = /::?(hover|focus-visible|focus-within|focus|active|before|after|disabled|placeholder|selection|backdrop|popover-open|-(webkit|moz)-[\w-]+)(\([^)]*\))?/g;
    const concerns = ({ selector }: Rule, page: Document): boolean => {
      try {
        return page.querySelector(selector.replace(states, '').replace(/\(\)/g, '(*)')) !== null;
      } catch {
        // Nothing is left of a part of the selector, so it concerns any element.
        return true;
      }
    };
    const missing = (whole ?? []).filter((rule) => !has(first, rule));
    const keys = (rules: Rule[]): string[] => rules.map(({ key }) => key);
    return {
      always: keys(missing.filter((rule) => concerns(rule, document) && !has(later, rule))),
      atFirst: keys(missing.filter((rule) => concerns(rule, written))),
    };
  });
}

async function expectStyled(someone: Person): Promise<void> {
  await expect(someone.page.locator('head > link[rel=stylesheet]')).toHaveCount(2);
  expect(await missingRules(someone)).toEqual({ always: [], atFirst: [] });
}

test('lobby, form, door and room have the style that they need', async ({ person, title }) => {
  const [mina, sora, juno] = [await person(), await person(), await person()];
  await juno.openRoomForm();
  await expectStyled(juno);
  const room = await mina.createRoom({ title, password: '점심' });
  await juno.openLobby();
  await expect(juno.card(title)).toBeVisible();
  await expectStyled(juno);
  await juno.visitRoom(room);
  await expectStyled(juno);
  await sora.enterRoom(title, '점심');
  await sora.say('같이 먹을까요?');
  await mina.say('🍜');
  await mina.messageBox.fill('```js\nlunch();\n```');
  await mina.messageBox.press('Enter');
  await expect(mina.log.locator('.code')).toBeVisible();
  await mina.sendGif(gif());
  await expectStyled(mina);
  await expectStyled(sora);
});
