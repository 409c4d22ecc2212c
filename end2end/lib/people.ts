/** The people of a room, and what they and its owner do there: in either language, by mouse, keys or touch. */

import { expect, type Locator } from '@playwright/test';

import type { Person } from './person.ts';
import { logOf, menuOf, nameOf, peopleOf, press, say, tabTo, type Hand } from './talk.ts';

/** What the menu on a person offers beside whispering. */
export const ACTS = {
  rename: /^(이름 바꾸기|Change name)$/,
  hide: /^(메시지 가리기|Hide messages)$/,
  handOver: /^(방장 넘기기|Make owner)$/,
  throwOut: /^(강퇴|Remove from room)$/,
} as const;

export type Act = keyof typeof ACTS;

/** What the dialogs of a room ask to be pressed. */
export const ANSWERS = {
  ...ACTS,
  changeName: /^(바꾸기|Change)$/,
  save: /^(저장|Save)$/,
  cancel: /^(취소|Cancel)$/,
  changePassword: /^(비밀번호 바꾸기|Change the password)$/,
  notNow: /^(괜찮아요|Not now)$/,
  letIn: /^(다시 들이기|Let back in)$/,
  closeRoom: /^(방 닫기…|Close the room…)$/,
  close: /^(닫기|Close it)$/,
  closeForGood: /^(영영 닫기|Close for good)$/,
} as const;

export type Answer = keyof typeof ANSWERS;

/** The fields of the dialogs. */
export const FIELDS = {
  name: /^(이름|Name)$/,
  reason: /^(이유 \(적지 않아도 돼요\)|Reason \(optional\))$/,
  title: /^(방 제목|Room title)$/,
  capacity: /^(수용 인원|People)$/,
  password: /^(비밀번호|Password)$/,
  open: /(비밀번호 없애기|Remove the password)$/,
} as const;

export type Field = keyof typeof FIELDS;

// --- What is on the page

/** The row of `other` in the list that `reader` sees. */
export async function placeOf(reader: Person, other: Person): Promise<Locator> {
  return peopleOf(reader).filter({ has: reader.page.locator(`button[value="${await idOf(other)}"]`) });
}

export async function idOf(someone: Person): Promise<string> {
  const mine = peopleOf(someone).filter({ hasText: /\((나|me)\)/ }).locator('button[aria-haspopup]');
  const id = await mine.getAttribute('value');
  if (!id) throw new Error('nobody in the list is "me"');
  return id;
}

/** All in the room have one crown in their list, on the owner, and the name beside it in the room's head. */
export async function isOwner(owner: Person, ...readers: Person[]): Promise<void> {
  for (const reader of [owner, ...readers]) {
    // On a phone the list may be away.
    const crown = ':not([hidden]) > [role=img]:is([aria-label="방장"], [aria-label="owner"])';
    await expect((await placeOf(reader, owner)).locator(crown)).toHaveText('👑');
    await expect(peopleOf(reader).locator(crown)).toHaveCount(1);
    await expect(reader.page.locator('.room-owner')).toContainText(await nameOf(owner, reader));
  }
  await expect(settingsButton(owner)).toBeVisible();
}

export function settingsButton(someone: Person): Locator {
  return someone.page.getByRole('button', { name: /^(방 설정|Room settings)$/ });
}

export function dialogOf(someone: Person): Locator {
  return someone.page.getByRole('dialog');
}

/** What the dialog says is wrong. */
export function wrongIn(someone: Person): Locator {
  return dialogOf(someone).getByRole('alert');
}

export function field(someone: Person, name: Field): Locator {
  return dialogOf(someone).getByLabel(FIELDS[name]);
}

/** Lines that state facts, in order. */
export function facts(someone: Person): Locator {
  return logOf(someone).locator('li.system[id]');
}

/** The line that stands for so many of them. */
export function fold(someone: Person, count: number): Locator {
  return logOf(someone).getByRole('button', { name: new RegExp(`^(입장·퇴장 등 소식 ${count}개|${count} room notices)$`) });
}

/** The people whom the settings list as thrown out. */
export function barred(someone: Person): Locator {
  return dialogOf(someone).locator('.bars li');
}

// --- Doing things

/** The list is a sheet where there is no room for a column. */
export async function openPeople(someone: Person, hand: Hand = 'mouse'): Promise<void> {
  const list = someone.page.locator('#people');
  if (await list.isHidden()) await press(someone, someone.page.getByRole('button', { name: /^(참여자|People)$/ }), hand);
  await expect(list).toBeVisible();
}

export async function openMenuOn(someone: Person, other: Person, hand: Hand = 'mouse'): Promise<void> {
  await openPeople(someone, hand);
  await press(someone, (await placeOf(someone, other)).locator('button[aria-haspopup]'), hand);
  await expect(menuOf(someone)).toBeVisible();
  await expect(menuOf(someone).locator('.menu-head')).toContainText(await nameOf(other, someone));
  await expect(menuOf(someone).getByRole('button').first()).toBeFocused();
}

export async function choose(someone: Person, other: Person, act: Act, hand: Hand = 'mouse'): Promise<void> {
  await openMenuOn(someone, other, hand);
  await press(someone, menuOf(someone).getByRole('button', { name: ACTS[act] }), hand);
  await expect(menuOf(someone)).toBeHidden();
}

/** Asks for a dialog by the menu on a person. */
export async function ask(someone: Person, other: Person, act: Act, hand: Hand = 'mouse'): Promise<void> {
  await choose(someone, other, act, hand);
  await expect(dialogOf(someone)).toBeVisible();
}

export async function openSettings(someone: Person, hand: Hand = 'mouse'): Promise<void> {
  await press(someone, settingsButton(someone), hand);
  await expect(dialogOf(someone)).toBeVisible();
}

export async function fillIn(someone: Person, name: Field, text: string, hand: Hand = 'mouse'): Promise<void> {
  const target = field(someone, name);
  if (hand !== 'keyboard') return target.fill(text);
  await tabTo(someone, target);
  await someone.page.keyboard.press('Control+A');
  await someone.page.keyboard.insertText(text);
}

export async function answer(someone: Person, name: Answer, hand: Hand = 'mouse'): Promise<void> {
  await press(someone, dialogOf(someone).getByRole('button', { name: ANSWERS[name] }), hand);
}

export async function rename(someone: Person, name: string, hand: Hand = 'mouse'): Promise<void> {
  await ask(someone, someone, 'rename', hand);
  await fillIn(someone, 'name', name, hand);
  await answer(someone, 'changeName', hand);
  await expect(dialogOf(someone)).toBeHidden();
}

export async function handOver(owner: Person, to: Person, hand: Hand = 'mouse'): Promise<void> {
  await ask(owner, to, 'handOver', hand);
  await answer(owner, 'handOver', hand);
  await expect(dialogOf(owner)).toBeHidden();
}

/** Leaves the note open that comes after it. */
export async function throwOut(owner: Person, whom: Person, reason = '', hand: Hand = 'mouse'): Promise<void> {
  await ask(owner, whom, 'throwOut', hand);
  await fillIn(owner, 'reason', reason, hand);
  await answer(owner, 'throwOut', hand);
  await expect(dialogOf(owner).getByRole('heading', { name: /^(내보냈어요|They are out)$/ })).toBeVisible();
}

/** Saves what is given, and leaves the rest as it is. */
export async function set(owner: Person, what: Partial<Record<Exclude<Field, 'open'>, string>>, hand: Hand = 'mouse'): Promise<void> {
  await openSettings(owner, hand);
  for (const [name, text] of Object.entries(what)) await fillIn(owner, name as Field, text, hand);
  await answer(owner, 'save', hand);
  await expect(dialogOf(owner)).toBeHidden();
}

/** Says something that all hear: whatever happened before has been heard too. */
export async function settle(speaker: Person, text: string, ...listeners: Person[]): Promise<void> {
  await say(speaker, text);
  for (const listener of listeners) await expect(logOf(listener).getByText(text, { exact: true })).toHaveCount(1);
}

declare global {
  interface Window {
    /** Milliseconds by which the page's clock is ahead. */
    ahead: number;
  }
}

/**
 * Gives somebody's pages, from the next one on, a clock that `pass` can set forward; what they look at now and then they
 * look at often. (Playwright's own clock gives timers numbers too large for WASM, which could stop none.)
 */
export async function keepsOwnTime(someone: Person): Promise<void> {
  await someone.context.addInitScript(() => {
    const [now, every] = [Date.now, window.setInterval.bind(window)];
    window.ahead = 0;
    Date.now = () => now() + window.ahead;
    Object.assign(window, { setInterval: (look: () => void, millis: number) => every(look, Math.min(millis, 300)) });
  });
}

/** Minutes pass for these tabs, as for a device that sleeps. */
export async function pass(minutes: number, ...tabs: Person[]): Promise<void> {
  for (const { page } of tabs) await page.evaluate((millis) => void (window.ahead += millis), minutes * 60_000);
}

/** They see that they were thrown out, and nothing of the room. */
export async function isShutOut(someone: Person, ...words: (string | RegExp)[]): Promise<void> {
  const { page } = someone;
  await expect(page.getByRole('heading', { name: /^(이 방에서 강퇴되었습니다\.|You were removed from this room\.)$/ })).toBeVisible();
  for (const word of words) await expect(page.locator('.lost')).toContainText(word);
  await expect(logOf(someone)).toHaveCount(0);
  await expect(page.locator('textarea')).toHaveCount(0);
}
