import type { Locator } from '@playwright/test';

import { PHONE, WIDE } from '../lib/devices.ts';
import { gif } from '../lib/gif.ts';
import { chip, openMessageMenu, react, whisperTo } from '../lib/messages.ts';
import { hideButton, openSettings } from '../lib/people.ts';
import { expect, test, type Person } from '../lib/test.ts';

/** Those of these elements that have no border. */
async function withoutLines(all: Locator): Promise<string[]> {
  return all.evaluateAll((found) =>
    found
      .filter((one) => one.getClientRects().length > 0)
      .filter((one) => {
        const { borderTopWidth, borderBottomWidth, borderBottomStyle } = getComputedStyle(one);
        return parseFloat(borderTopWidth) < 1 || parseFloat(borderBottomWidth) < 1 || borderBottomStyle === 'none';
      })
      .map((one) => one.outerHTML.slice(0, 80)),
  );
}

/** How a control looks: the colours of its background, text and border. */
function look(control: Locator): Promise<string> {
  return control.evaluate((one) => {
    const { backgroundColor, color, borderTopColor } = getComputedStyle(one);
    return [backgroundColor, color, borderTopColor].join(' ');
  });
}

/** A pressed control looks different from one that is not pressed. */
async function expectToLookPressed(pressed: Locator, other: Locator): Promise<void> {
  await expect(pressed).toHaveAttribute('aria-pressed', 'true');
  await expect(other).toHaveAttribute('aria-pressed', 'false');
  expect(await look(pressed)).not.toBe(await look(other));
}

async function expectFocusToShow(field: Locator, around = field): Promise<void> {
  await field.focus();
  const outline = await around.evaluate((one) => getComputedStyle(one).outlineStyle + parseFloat(getComputedStyle(one).outlineWidth));
  expect(outline).toBe('solid3');
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`a contrast theme shows what is what and what is chosen: ${colorScheme}`, async ({ person, title }, info) => {
    const viewport = colorScheme === 'light' ? WIDE : PHONE;
    const locale = colorScheme === 'light' ? 'ko-KR' : 'en-US';
    const mina = await person({ forcedColors: 'active', colorScheme, viewport, locale, reducedMotion: 'reduce' });
    const sora = await person();
    const shoot = (name: string) => mina.page.screenshot({ path: info.outputPath(`${name}.png`) });
    const lined = async (someone: Person, ...selectors: string[]) => {
      for (const selector of selectors) expect(await withoutLines(someone.page.locator(selector)), selector).toEqual([]);
    };

    await mina.openLobby();
    await lined(mina, '.button', '.card', '.search input');
    await expectFocusToShow(mina.searchBox);
    await shoot('lobby');
    await mina.openRoomForm();
    await expectToLookPressed(mina.page.locator('.segments button', { hasText: '10' }), mina.page.locator('.segments button', { hasText: '50' }));
    await mina.fillInRoom({ title: ' ' });
    await mina.submitRoom();
    await lined(mina, '.input input', '.button');
    const titleField = mina.formField('title');
    await expectFocusToShow(titleField);
    const width = (field: Locator) => field.evaluate((one) => parseFloat(getComputedStyle(one).borderTopWidth));
    expect(await width(titleField), 'what is wrong has a thicker line').toBeGreaterThan(await width(mina.formField('password')));
    await shoot('new-room');

    await mina.fillInRoom({ title });
    await mina.submitRoom();
    await mina.expectInside();
    await sora.enterRoom(title);
    await sora.say('남의 말');
    await mina.say('내 말');
    await mina.sayByApi(mina.roomId(), '```\nx = 1\n```');
    await sora.sendGif(gif('움짤.gif', { width: 200, height: 120 }));
    await react(sora, sora.message('남의 말'), '❤️');
    await react(mina, mina.message('남의 말'), '👍');
    await whisperTo(sora, mina);
    await sora.say('둘만');
    await mina.expectMessage('둘만');
    await lined(mina, '.bubble', '.gif', '.code', '.chip', '.composer', '.gif-button', '.room-head .round', '.gif-mark', '.quote');
    const line = (text: string) =>
      mina.bubble(text).evaluate((one) => [getComputedStyle(one).borderTopStyle, parseFloat(getComputedStyle(one).borderTopWidth)]);
    expect([await line('남의 말'), await line('내 말'), await line('둘만')]).toEqual([['solid', 1], ['solid', 3], ['dashed', 2]]);
    await expectToLookPressed(chip(mina.message('남의 말'), '👍'), chip(mina.message('남의 말'), '❤️'));
    await expectFocusToShow(mina.messageBox, mina.page.locator('.composer'));
    await shoot('room');
    await openMessageMenu(mina, mina.message('남의 말'));
    await expectToLookPressed(mina.menu.getByRole('button', { name: '👍' }), mina.menu.getByRole('button', { name: '❤️' }));
    await shoot('menu');
    await mina.page.keyboard.press('Escape');
    if (viewport === WIDE) {
      const hide = await hideButton(mina, sora);
      const before = await look(hide);
      await hide.click();
      await expect(hide).toHaveAttribute('aria-pressed', 'true');
      expect(await look(hide)).not.toBe(before);
    }
    await openSettings(mina);
    await lined(mina, 'dialog[open]', 'dialog[open] input:not([type=checkbox])', 'dialog[open] .button');
    await shoot('dialog');
  });
}
