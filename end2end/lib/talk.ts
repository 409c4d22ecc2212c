/** Talking with its finer points, in either language: whispers, replies, reactions, removals; by mouse, keys or touch. */

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type BrowserContextOptions, type Locator } from '@playwright/test';

import type { Upload } from './gif.ts';
import type { Person } from './person.ts';

/** How somebody works a page. */
export type Hand = 'mouse' | 'keyboard' | 'touch';

export const WIDE = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** Somebody for each hand: Korean with a mouse, English with keys alone, Korean with a thumb. */
export const HANDS: Record<Hand, BrowserContextOptions> = {
  mouse: { locale: 'ko-KR', viewport: WIDE },
  keyboard: { locale: 'en-US', viewport: WIDE },
  touch: { locale: 'ko-KR', viewport: PHONE, hasTouch: true, isMobile: true },
};

/** Each hand with its name, for a test of each. */
export const EACH_HAND = Object.entries(HANDS) as [Hand, BrowserContextOptions][];

/** What the menu on a message or a person offers. */
export const OFFERS = {
  reply: /^(답장|Reply)$/,
  whisper: /^(귓속말|Whisper)$/,
  remove: /^(지우기|Remove)$/,
} as const;

export type Offer = keyof typeof OFFERS;

export const EMOJI = ['👍', '❤️', '😂', '😮', '😢', '🎉'] as const;

/** Mina owns the room, Sora is the second and Juno the third; each comes as told, Juno in English unless told otherwise. */
export async function three<Coming extends BrowserContextOptions>(
  person: (options?: Coming) => Promise<Person>,
  title: string,
  { mina, sora, juno }: { mina?: Coming; sora?: Coming; juno?: Coming } = {},
): Promise<[Person, Person, Person]> {
  const english = { locale: 'en-US', ...juno } as Coming;
  const people: [Person, Person, Person] = [await person(mina), await person(sora), await person(english)];
  // The first page brings a cookie, and with it the right to make rooms.
  await people[0].page.goto('/');
  const room = await people[0].createRoomUnseen({ title });
  for (const someone of people) await comeIn(someone, room);
  for (const someone of people) await expect(peopleOf(someone)).toHaveCount(3);
  return people;
}

/** Through the door, by its address. */
export async function comeIn(someone: Person, room: string): Promise<void> {
  await someone.page.goto(`/room/${room}`);
  const enter = someone.page.getByRole('button', { name: /^(입장|Enter)$/ });
  await expect(enter.or(logOf(someone)).first()).toBeVisible();
  if (await enter.isVisible()) await enter.click();
  await isIn(someone);
}

export async function isIn(someone: Person): Promise<void> {
  await expect(logOf(someone)).toBeVisible();
  await someone.isLive();
}

export async function reload(someone: Person): Promise<void> {
  await someone.page.reload();
  await isIn(someone);
}

// --- What is on the page

export function logOf(someone: Person): Locator {
  return someone.page.getByRole('log');
}

export function boxOf(someone: Person): Locator {
  return someone.page.locator('.text-form textarea');
}

/** Messages that say exactly this. */
export function message(someone: Person, text: string): Locator {
  const bubble = someone.page.locator('.bubble').filter({ hasText: new RegExp(`^${escaped(text)}$`) });
  return logOf(someone).locator('li.msg').filter({ has: bubble });
}

/** Messages that are a GIF. */
export function gifs(someone: Person): Locator {
  return logOf(someone).locator('li.msg').filter({ has: someone.page.getByRole('img', { name: /GIF/ }) });
}

export function removed(someone: Person): Locator {
  return logOf(someone).locator('.bubble').filter({ hasText: /^(지워진 메시지예요|This message was removed)$/ });
}

/** What `message` is under: the chips with what people feel about it. */
export function chips(message: Locator): Locator {
  return message.locator('xpath=following-sibling::li[1][contains(@class, "reactions")]').getByRole('button');
}

export function chip(message: Locator, emoji: string): Locator {
  return chips(message).filter({ hasText: emoji });
}

export function quoteIn(message: Locator): Locator {
  return message.locator('.quote');
}

export function menuOf(someone: Person): Locator {
  return someone.page.locator('#menu');
}

export function whisperBar(someone: Person): Locator {
  return someone.page.locator('.aim').filter({ has: someone.page.getByRole('button', { name: /^(귓속말 그만하기|Stop whispering)$/ }) });
}

export function replyBar(someone: Person): Locator {
  return someone.page.locator('.aim').filter({ has: someone.page.getByRole('button', { name: /^(답장 취소|Cancel reply)$/ }) });
}

export function peopleOf(someone: Person): Locator {
  return someone.page.locator('.people li');
}

/** What `reader` sees somebody called: names are worded in the reader's language. */
export async function nameOf(other: Person, reader = other): Promise<string> {
  const mine = peopleOf(other).filter({ hasText: /\((나|me)\)/ }).locator('button[aria-haspopup]');
  const place = peopleOf(reader).filter({ has: reader.page.locator(`button[value="${await mine.getAttribute('value')}"]`) });
  return (await place.locator('.name').textContent()) ?? '';
}

// --- Doing things

/** By keys alone: with Tab to it, then Enter. */
export async function press(someone: Person, target: Locator, hand: Hand): Promise<void> {
  if (hand === 'mouse') return target.click();
  if (hand === 'touch') return target.tap();
  await tabTo(someone, target);
  await someone.page.keyboard.press('Enter');
}

/** Goes on with Tab until `target` has the focus; backwards when it is nearer that way. */
export async function tabTo(someone: Person, target: Locator): Promise<void> {
  // One passes by what is not there yet.
  await expect(target).toBeVisible();
  const isBefore = await target.evaluate((element) => {
    const focused = document.activeElement ?? document.body;
    // From the end of the page: the newest is near.
    if (focused === document.body) return element.closest('main') !== null;
    return Boolean(element.compareDocumentPosition(focused) & Node.DOCUMENT_POSITION_FOLLOWING);
  });
  for (let step = 0; step < 60; step++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await someone.page.keyboard.press(isBefore ? 'Shift+Tab' : 'Tab');
  }
  throw new Error(`Tab does not lead to ${target}`);
}

export async function openMenu(someone: Person, message: Locator, hand: Hand = 'mouse'): Promise<void> {
  if (hand === 'mouse') await message.hover();
  await press(someone, message.getByRole('button', { name: /^(메시지 메뉴|Message menu)$/ }), hand);
  await expect(menuOf(someone)).toBeVisible();
}

export async function choose(someone: Person, message: Locator, offer: Offer, hand: Hand = 'mouse'): Promise<void> {
  await openMenu(someone, message, hand);
  await press(someone, menuOf(someone).getByRole('button', { name: OFFERS[offer] }), hand);
  await expect(menuOf(someone)).toBeHidden();
}

export async function react(someone: Person, message: Locator, emoji: string, hand: Hand = 'mouse'): Promise<void> {
  await openMenu(someone, message, hand);
  await press(someone, menuOf(someone).getByRole('button', { name: emoji, exact: true }), hand);
  await expect(menuOf(someone)).toBeHidden();
}

/** From the list of people, which is a sheet on a phone. */
export async function whisperTo(someone: Person, other: Person, hand: Hand = 'mouse'): Promise<void> {
  const name = await nameOf(other, someone);
  const sheet = someone.page.getByRole('button', { name: /^(참여자|People)$/ });
  if (await sheet.isVisible()) await press(someone, sheet, hand);
  const menu = someone.page.getByRole('button', { name: new RegExp(`^(${escaped(name)}님 메뉴|Menu for ${escaped(name)})$`) });
  await press(someone, menu, hand);
  await press(someone, menuOf(someone).getByRole('button', { name: OFFERS.whisper }), hand);
  await expect(whisperBar(someone)).toContainText(name);
  await expect(boxOf(someone)).toBeFocused();
}

/** Types a text and sends it, whatever becomes of it. */
export async function write(someone: Person, text: string, hand: Hand = 'mouse'): Promise<void> {
  if (hand === 'keyboard') {
    await tabTo(someone, boxOf(someone));
    await someone.page.keyboard.insertText(text);
    return someone.page.keyboard.press('Enter');
  }
  await boxOf(someone).fill(text);
  await press(someone, someone.page.getByRole('button', { name: /^(전송|Send)$/ }), hand);
}

/** The same until the room has it. */
export async function say(someone: Person, text: string, hand: Hand = 'mouse'): Promise<Locator> {
  await write(someone, text, hand);
  await expect(message(someone, text)).toHaveCount(1);
  await expect(logOf(someone).locator('.pending li')).toHaveCount(0);
  return message(someone, text);
}

export async function sendGif(someone: Person, file: Upload): Promise<Locator> {
  const before = await gifs(someone).count();
  await someone.page.locator('.gif-form input[type=file]').setInputFiles(file);
  await expect(gifs(someone)).toHaveCount(before + 1);
  await expect(logOf(someone).locator('.pending li')).toHaveCount(0);
  return gifs(someone).last();
}

/** Removes by the menu; the dialog asks first. */
export async function remove(someone: Person, message: Locator, hand: Hand = 'mouse'): Promise<void> {
  await choose(someone, message, 'remove', hand);
  const dialog = someone.page.getByRole('dialog');
  await expect(dialog.getByRole('heading', { name: /^(메시지를 지울까요\?|Remove the message\?)$/ })).toBeVisible();
  await press(someone, dialog.getByRole('button', { name: OFFERS.remove }), hand);
  await expect(dialog).toBeHidden();
}

/** The address of a GIF, without its still. */
export async function addressOf(gif: Locator): Promise<string> {
  const address = await gif.getByRole('img', { name: /GIF/ }).getAttribute('src');
  if (!address) throw new Error('the GIF has no address');
  return address.replace(/\/still$/, '');
}

// --- Looks

/** Nothing for axe to find, nothing that hangs over the edge; the picture is kept at `path`. */
export async function looksRight(someone: Person, path: string): Promise<void> {
  const { page } = someone;
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((motion) => motion.finished)));
  await page.screenshot({ path });
  const { violations } = await new AxeBuilder({ page }).analyze();
  const told = violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}`));
  expect(told, path).toEqual([]);
  const overhang = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overhang, `${path} scrolls sideways`).toBeLessThanOrEqual(0);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
