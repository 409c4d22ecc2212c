import { readFileSync } from 'node:fs';

import type { Locator } from '@playwright/test';

import { PHONE, TOUCH } from '../lib/devices.ts';
import { gif } from '../lib/gif.ts';
import { expectDrawn, expectLooksRight } from '../lib/looks.ts';
import { chooseMessageAction, imageOf, quoteIn, react, removedText, remove, whisperTo } from '../lib/messages.ts';
import { nameOf } from '../lib/people.ts';
import { expect, test, type Person } from '../lib/test.ts';

const LONG_LINE = `\treturn "${'길다 '.repeat(40)}";`;
const CODE = `    if (x) {\n${LONG_LINE}\n    }`;

function codes(someone: Person): Locator {
  return someone.log.locator('.code pre');
}

function copyButton(someone: Person): Locator {
  return someone.button(['코드 복사', 'Copy code'], someone.log);
}

/** Pastes into the message box, and returns the text. The box is emptied before and after. */
async function pasted(someone: Person): Promise<string> {
  await someone.messageBox.fill('');
  await someone.messageBox.focus();
  await someone.page.keyboard.press('ControlOrMeta+V');
  const text = await someone.messageBox.inputValue();
  await someone.messageBox.fill('');
  return text;
}

/** Selects everything from this element to that one, and copies it. */
async function copyFromTo(from: Locator, to: Locator): Promise<void> {
  const end = await to.elementHandle();
  await from.evaluate((begin, end) => getSelection()!.setBaseAndExtent(begin, 0, end!, end!.childNodes.length), end);
  await from.page().keyboard.press('ControlOrMeta+C');
}

test('code is in a box of its own that scrolls sideways, and is copied as it was written', async ({ person, title }, info) => {
  const [mina, sora] = [await person(), await person({ locale: 'en-US', viewport: PHONE, ...TOUCH, colorScheme: 'dark' })];
  // A page on plain http has no clipboard.
  await sora.context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'clipboard'));
  await mina.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await mina.sayByApi(mina.roomId(), `보세요 https://a.kr\n\`\`\`js\n${CODE}\nhttps://b.kr\n\`\`\`\n어때요?`);
  await mina.sayByApi(mina.roomId(), CODE);
  for (const someone of [mina, sora]) {
    await expect(codes(someone)).toHaveText([/https:\/\/b\.kr/, /if \(x\)/]);
    await expect(someone.log.locator('.bubble a')).toHaveText(['https://a.kr']);
    for (const code of await codes(someone).all()) {
      const look = await code.evaluate((pre) => ({
        font: getComputedStyle(pre).fontFamily,
        direction: getComputedStyle(pre).direction,
        scrolls: pre.scrollWidth > pre.clientWidth,
      }));
      expect(look).toEqual({ font: expect.stringContaining('monospace'), direction: 'ltr', scrolls: true });
    }
    expect(await someone.log.evaluate((log) => log.scrollWidth - log.clientWidth), 'the log scrolls sideways').toBe(0);
    await expectLooksRight(someone, info.outputPath(`code-${someone === mina ? 'wide' : 'phone'}.png`));
  }

  // Mina copies by keyboard and with the browser's clipboard, Sora by touch and without it.
  await codes(mina).last().focus();
  await mina.page.keyboard.press('ArrowRight');
  await expect.poll(() => codes(mina).last().evaluate((pre) => pre.scrollLeft)).toBeGreaterThan(0);
  await mina.page.keyboard.press('Tab');
  await expect(copyButton(mina).last()).toBeFocused();
  await mina.page.keyboard.press('Enter');
  await expect(mina.page.getByRole('status').filter({ hasText: '복사했어요' })).toHaveCount(1);
  expect(await mina.page.evaluate(() => navigator.clipboard.readText())).toBe(CODE);
  await copyButton(sora).first().tap();
  await expect(sora.page.getByRole('status').filter({ hasText: 'Copied' })).toHaveCount(1);
  expect(await pasted(sora)).toBe(`${CODE}\nhttps://b.kr`);

  // A row that arrived live is the same as when the server writes it.
  const rows = () =>
    mina.log.locator('.bubble').evaluateAll((bubbles) =>
      bubbles.map((one) => [one.className, one.innerHTML.replace('<!---->', '').replace('swap done', 'swap')]),
    );
  const live = await rows();
  await mina.reload();
  expect(await rows()).toEqual(live);
  await chooseMessageAction(mina, mina.log.locator('li.msg').first(), 'reply');
  await mina.say('네');
  await expect(quoteIn(sora.message('네'))).toContainText('보세요 https://a.kr if (x) { return');
});

test('code is shown without JavaScript, without a button that does nothing', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person({ javaScriptEnabled: false })];
  const room = await mina.createRoom({ title });
  await mina.sayByApi(room, `\`\`\`\n${CODE}\n\`\`\``);
  await sora.visitRoom(room);
  await sora.clickEnter();
  const log = sora.page.frameLocator('iframe').getByRole('log');
  await expect(log.locator('.code pre')).toBeVisible();
  await expect(log.locator('.code button')).toBeHidden();
});

test('one to three emoji alone are large, by the tables of the browser as by those of the server', async ({ person, title }) => {
  const table = JSON.parse(
    readFileSync(new URL('../../chat/src/text/emoji.json', import.meta.url), 'utf8'),
  ) as Record<'large' | 'plain', string[]>;
  const mina = await person();
  const room = await mina.createRoom({ title });
  // Texts that begin like a command, are empty or are cleaned are not published as they are, so they are left out.
  const cleaned = /^\s*$|^\/|\u200d(?:$|\u200d|a)|^\u200d|1\u200d|🇷\u200d|[가a☀❤♥]?\ufe0e|[가a1#]\ufe0f$|^\u20e3|^\ufe0f|\u{e007f}$|\u{e0062}$/u;
  const texts = [...table.large.filter((text) => !/^\s/.test(text)), ...table.plain.filter((text) => !cleaned.test(text))];
  for (const text of texts) await mina.sayByApi(room, text);
  const found = () =>
    mina.log.locator('.bubble').evaluateAll((all) => all.map((one) => [one.textContent, one.classList.contains('emoji')]));
  await expect(mina.log.locator('.bubble')).toHaveCount(texts.length);
  const live = await found();
  expect(live).toEqual(texts.map((text) => [text, table.large.includes(text)]));
  await mina.reload();
  expect(await found()).toEqual(live.slice(-50));
});

test('messages are copied with name, time and text, and nothing that can only be pressed', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await sora.say('첫째 줄');
  await sora.say('둘째 https://a.kr/x');
  await react(mina, mina.message('첫째 줄'), '👍');
  await chooseMessageAction(mina, mina.message('첫째 줄'), 'reply');
  await mina.say('셋째');
  await mina.sendGif(gif());
  await sora.sayByApi(mina.roomId(), '보세요\n```\n\tx\n```\n끝');
  await whisperTo(mina, sora);
  await mina.say('귓속말이에요');
  await sora.say('지울 말');
  await remove(sora, sora.message('지울 말'));
  await expect(mina.log.getByText(removedText(mina))).toBeVisible();

  const [me, other] = [await nameOf(mina), await nameOf(sora, mina)];
  const time = '오[전후] \\d+:\\d\\d';
  const expected = [
    `${other} ${time}`,
    '첫째 줄',
    `${other} ${time}`,
    '둘째 https://a\\.kr/x',
    `${me} ${time}`,
    '셋째',
    `${me} ${time}`,
    `${me}.*GIF`,
    `${other} ${time}`,
    '보세요',
    '\tx',
    '끝',
    `${me} \\(${other}님에게 귓속말\\) ${time}`,
    '귓속말이에요',
    `${other} ${time}`,
    removedText(mina),
    '',
  ];
  const rows = mina.log.locator('.rows > li');
  await copyFromTo(mina.message('첫째 줄'), rows.last());
  const text = await mina.page.evaluate(() => navigator.clipboard.readText());
  expect(text).toMatch(new RegExp(`^${expected.join('\n')}$`));
  expect(await mina.page.evaluate(async () => (await navigator.clipboard.read()).flatMap((item) => item.types))).toEqual(['text/plain']);

  // A selection of a part, with the lines of the system, and then one of the whole page.
  await copyFromTo(mina.log.locator('.system').last(), mina.message('첫째 줄'));
  expect(await mina.page.evaluate(() => navigator.clipboard.readText())).not.toContain('⋯');
  await mina.page.evaluate(() => getSelection()!.selectAllChildren(document.body));
  await mina.page.keyboard.press('ControlOrMeta+C');
  const all = await mina.page.evaluate(() => navigator.clipboard.readText());
  expect(all).toContain(`${other}님이 입장하셨습니다.\n`);
  for (const chrome of ['⋯', '👍', '전송', '나가기', '(나)', '자리', '방이 열렸어요']) expect(all).not.toContain(chrome);

  // A selection within one message is copied as it is.
  await copyFromTo(mina.bubble('둘째 https://a.kr/x'), mina.bubble('둘째 https://a.kr/x'));
  expect(await mina.page.evaluate(() => navigator.clipboard.readText())).toBe('둘째 https://a.kr/x');
});

test('printing gives all that is loaded, in ink on white', async ({ person, title }, info) => {
  const [mina, sora] = [await person({ colorScheme: 'dark' }), await person()];
  const room = await mina.createRoom({ title });
  await sora.enterRoom(title);
  for (let n = 1; n <= 40; n++) await sora.sayByApi(room, `${n}번째 말 ${'아주긴낱말'.repeat(n === 7 ? 60 : 1)}`);
  await mina.sayByApi(room, `\`\`\`\n${CODE}\n\`\`\``);
  await mina.say('내 말');
  await whisperTo(sora, mina);
  await sora.say('둘만');
  await sora.sendGif(gif('움짤.gif', { width: 160, height: 120 }));
  await expectDrawn(mina.gifs.last());
  await mina.page.emulateMedia({ media: 'print' });
  const { page } = mina;
  await expect(mina.log.getByText(/^1번째 말/)).toBeVisible();
  for (const chrome of ['.composer', '.people', '.more', '.gif-toggle', '.copy-code', '.leave', '.round', '.to-bottom', '.log-top button']) {
    for (const one of await page.locator(chrome).all()) await expect(one, chrome).toBeHidden();
  }
  await expect(mina.gifs.last()).toBeVisible();
  await expect(mina.log.getByText('나에게 귓속말').first()).toBeVisible();
  const layout = await page.evaluate(() => {
    const log = document.querySelector('.log')!;
    const inks = [...log.querySelectorAll('.bubble, .bubble code, .msg-head, .name, .system')].map((one) => getComputedStyle(one).color);
    const grounds = [document.documentElement, document.body, ...document.querySelectorAll('.room, .room-head, .scroller, .bubble')];
    return {
      isWhole: document.documentElement.scrollHeight >= log.getBoundingClientRect().height && log.getBoundingClientRect().height > 2 * innerHeight,
      sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      clipped: [...log.querySelectorAll('.bubble, pre')].filter((one) => one.scrollWidth > one.clientWidth + 1).length,
      inks: [...new Set(inks)],
      grounds: [...new Set(grounds.map((one) => getComputedStyle(one).backgroundColor))],
    };
  });
  expect(layout).toEqual({ isWhole: true, sideways: 0, clipped: 0, inks: ['rgb(0, 0, 0)'], grounds: ['rgba(0, 0, 0, 0)'] });
  await page.screenshot({ path: info.outputPath('print.png'), fullPage: true });
  const pdf = await page.pdf({ path: info.outputPath('print.pdf'), format: 'A4' });
  expect(pdf.toString('latin1').match(/\/Type \/Page\b(?!s)/g)?.length ?? 0).toBeGreaterThan(2);
});

const TINY: [width: number, height: number, shown: [number, number], isSharp: boolean][] = [
  [1, 1, [128, 128], true],
  [1, 200, [16, 200], true],
  [200, 1, [200, 16], true],
  [16, 16, [128, 128], true],
  [24, 24, [120, 120], true],
  [88, 31, [88, 31], false],
];

test('tiny GIFs can be seen, and their marks stand beside them', async ({ person, title }, info) => {
  const mina = await person({ viewport: PHONE });
  await mina.createRoom({ title });
  for (const [width, height, shown, isSharp] of TINY) {
    const message = await mina.sendGif(gif(`${width}.gif`, { width, height, tint: 1 }));
    await expectDrawn(message);
    const name = `${width} by ${height}`;
    const image = (await imageOf(message).boundingBox())!;
    expect([image.width, image.height], name).toEqual(shown);
    expect(await imageOf(message).evaluate((img) => getComputedStyle(img).imageRendering), name).toBe(isSharp ? 'pixelated' : 'auto');
    await expect(message.locator('.gif-toggle')).toBeVisible();
    for (const mark of ['.gif-mark', '.gif-toggle .icon:visible']) {
      const place = (await message.locator(mark).boundingBox())!;
      const isBeside = place.x >= image.x + image.width || place.y >= image.y + image.height;
      expect(isBeside, `${mark} covers ${name}`).toBe(true);
    }
  }
  await expectLooksRight(mina, info.outputPath('tiny.png'));
});
