/** The people of a room, and what they and its owner do by means of the list, its menus and the dialogs. */

import { expect, type BrowserContextOptions, type Locator } from '@playwright/test';

import type { Input, Person, Words } from './person.ts';

/** The labels of the menu on a person, beside whispering. */
const PERSON_ACTIONS = {
  rename: ['이름 바꾸기', 'Change name'],
  hide: ['메시지 가리기', 'Hide messages'],
  handOver: ['방장 넘기기', 'Make owner'],
  throwOut: ['강퇴', 'Remove from room'],
} as const satisfies Record<string, Words>;

type PersonAction = keyof typeof PERSON_ACTIONS;

/** The labels of the buttons in the dialogs of a room. */
const DIALOG_BUTTONS = {
  ...PERSON_ACTIONS,
  changeName: ['바꾸기', 'Change'],
  save: ['저장', 'Save'],
  cancel: ['취소', 'Cancel'],
  changePassword: ['비밀번호 바꾸기', 'Change the password'],
  notNow: ['괜찮아요', 'Not now'],
  letIn: ['다시 들이기', 'Let back in'],
  closeRoom: ['방 닫기…', 'Close the room…'],
  close: ['닫기', 'Close it'],
  closeForGood: ['영영 닫기', 'Close for good'],
} as const satisfies Record<string, Words>;

type DialogButton = keyof typeof DIALOG_BUTTONS;

/** The labels of the fields in the dialogs. */
const DIALOG_FIELDS = {
  name: ['이름', 'Name'],
  reason: ['이유 (적지 않아도 돼요)', 'Reason (optional)'],
  title: ['방 제목', 'Room title'],
  capacity: ['수용 인원', 'People'],
  password: ['비밀번호', 'Password'],
  removePassword: ['비밀번호 없애기', 'Remove the password'],
  slow: ['느린 모드 (방장은 빼고)', 'Slow mode (not for the owner)'],
} as const satisfies Record<string, Words>;

type DialogField = keyof typeof DIALOG_FIELDS;

/** Mina makes a room, then Sora and Juno enter it, each with the given options. Juno reads English unless told otherwise. */
export async function threeInRoom<Options extends BrowserContextOptions>(
  person: (options?: Options) => Promise<Person>,
  title: string,
  { mina, sora, juno }: { mina?: Options; sora?: Options; juno?: Options } = {},
): Promise<[Person, Person, Person]> {
  const english = { locale: 'en-US', ...juno } as Options;
  const people: [Person, Person, Person] = [await person(mina), await person(sora), await person(english)];
  const [owner, ...others] = people;
  // The first page brings the cookie without which nobody may make a room.
  await owner.openLobby();
  const room = await owner.createRoomByApi({ title });
  await owner.openRoom(room);
  for (const other of others) await other.enterByLink(room);
  for (const someone of people) await expect(peopleOf(someone)).toHaveCount(3);
  return people;
}

// --- What is on the page

/** The head of a room: its title, owner, kind and number of people. */
export function roomHead(someone: Person): Locator {
  return someone.page.locator('.room-head');
}

export function roomTitle(someone: Person): Locator {
  return someone.page.getByRole('heading', { level: 1 });
}

/** The list of people, which on a phone is a sheet that has to be opened. */
export function listOfPeople(someone: Person): Locator {
  return someone.page.locator('#people');
}

/** The button that opens the sheet with the list of people. */
export function peopleButton(someone: Person): Locator {
  return someone.button(['참여자', 'People']);
}

/** The rows of the list of people. */
export function peopleOf(someone: Person): Locator {
  return someone.page.locator('.people li');
}

/** The row of `other` in the list that `reader` sees. */
export async function rowOf(reader: Person, other: Person): Promise<Locator> {
  return peopleOf(reader).filter({ has: reader.page.locator(`button[value="p${await idOf(other)}"]`) });
}

/** The row of the person themselves. */
export function ownRow(someone: Person): Locator {
  return peopleOf(someone).filter({ hasText: someone.words(['(나)', '(me)']) });
}

export async function idOf(someone: Person): Promise<string> {
  const value = await ownRow(someone).locator('button[aria-haspopup]').getAttribute('value');
  const id = /^p(.+)$/.exec(value ?? '')?.[1];
  if (!id) throw new Error('the list of people does not mark who its reader is');
  return id;
}

/** The name of `other` as `reader` sees it: a name that was not chosen by its bearer is in the reader's language. */
export async function nameOf(other: Person, reader = other): Promise<string> {
  return (await (await rowOf(reader, other)).locator('.name').textContent()) ?? '';
}

/** The button in a person's row that opens the menu on them. */
export async function menuButton(reader: Person, other: Person): Promise<Locator> {
  const name = await nameOf(other, reader);
  return reader.button([`${name}님 메뉴`, `Menu for ${name}`], await rowOf(reader, other));
}

/** The button in a person's row that hides or shows their messages. */
export async function hideButton(reader: Person, other: Person): Promise<Locator> {
  const name = await nameOf(other, reader);
  return reader.button([`${name}님의 메시지 가리기`, `Hide messages from ${name}`], await rowOf(reader, other));
}

/** The owner and the readers see one crown in the list, at the owner, and the owner's name in the room's head. */
export async function expectOwner(owner: Person, ...readers: Person[]): Promise<void> {
  for (const reader of [owner, ...readers]) {
    // (On a phone the list may be closed, so this looks at the attribute `hidden`, and not at what is visible.)
    const crown = `:not([hidden]) > [role=img][aria-label="${reader.words(['방장', 'owner'])}"]`;
    await expect((await rowOf(reader, owner)).locator(crown).locator('svg')).toHaveCount(1);
    await expect(peopleOf(reader).locator(crown)).toHaveCount(1);
    await expect(reader.page.locator('.room-owner')).toContainText(await nameOf(owner, reader));
  }
  await expect(settingsButton(owner)).toBeVisible();
}

export function settingsButton(someone: Person): Locator {
  return someone.button(['방 설정', 'Room settings']);
}

/** What the dialog says is wrong. */
export function dialogError(someone: Person): Locator {
  return someone.dialog.locator('.error:visible');
}

export function dialogField(someone: Person, name: DialogField): Locator {
  return someone.dialog.getByLabel(someone.words(DIALOG_FIELDS[name]), { exact: true });
}

export function dialogButton(someone: Person, name: DialogButton): Locator {
  return someone.button(DIALOG_BUTTONS[name], someone.dialog);
}

/** The lines of the log that the server wrote, in order: who came, who left, what the owner changed. */
export function systemLines(someone: Person): Locator {
  return someone.log.locator('li.system[id]');
}

/** The line that stands for `count` folded system lines. */
export function systemFold(someone: Person, count: number): Locator {
  return someone.button([`입장·퇴장 등 소식 ${count}개`, `${count} room notices`], someone.log);
}

/** The people whom the settings list as thrown out. */
export function barred(someone: Person): Locator {
  return someone.dialog.locator('.bars li');
}

// --- Doing things

/** Opens the list of people unless it is open, as it always is on a wide screen. */
export async function openPeople(someone: Person, input: Input = 'mouse'): Promise<void> {
  if (await listOfPeople(someone).isHidden()) await someone.press(peopleButton(someone), input);
  await expect(listOfPeople(someone)).toBeVisible();
}

export async function openPersonMenu(someone: Person, other: Person, input: Input = 'mouse'): Promise<void> {
  await openPeople(someone, input);
  await someone.press(await menuButton(someone, other), input);
  await expect(someone.menu).toBeVisible();
  await expect(someone.menu.locator('.menu-head')).toContainText(await nameOf(other, someone));
  await expect(someone.menu.getByRole('button').first()).toBeFocused();
}

export async function choosePersonAction(
  someone: Person,
  other: Person,
  action: PersonAction,
  input: Input = 'mouse',
): Promise<void> {
  await openPersonMenu(someone, other, input);
  await someone.press(someone.button(PERSON_ACTIONS[action], someone.menu), input);
  await expect(someone.menu).toBeHidden();
}

/** Opens a dialog by the menu on a person. */
export async function openPersonDialog(
  someone: Person,
  other: Person,
  action: PersonAction,
  input: Input = 'mouse',
): Promise<void> {
  await choosePersonAction(someone, other, action, input);
  await expect(someone.dialog).toBeVisible();
}

export async function openSettings(someone: Person, input: Input = 'mouse'): Promise<void> {
  await someone.press(settingsButton(someone), input);
  await expect(someone.dialog).toBeVisible();
}

export async function fillInDialog(someone: Person, name: DialogField, text: string, input: Input = 'mouse'): Promise<void> {
  const target = dialogField(someone, name);
  if (input !== 'keyboard') return target.fill(text);
  await someone.tabTo(target);
  await someone.page.keyboard.press('Control+A');
  await someone.page.keyboard.insertText(text);
}

export async function pressInDialog(someone: Person, name: DialogButton, input: Input = 'mouse'): Promise<void> {
  await someone.press(dialogButton(someone, name), input);
}

export async function rename(someone: Person, name: string, input: Input = 'mouse'): Promise<void> {
  await openPersonDialog(someone, someone, 'rename', input);
  await fillInDialog(someone, 'name', name, input);
  await pressInDialog(someone, 'changeName', input);
  await expect(someone.dialog).toBeHidden();
}

export async function handOver(owner: Person, to: Person, input: Input = 'mouse'): Promise<void> {
  await openPersonDialog(owner, to, 'handOver', input);
  await pressInDialog(owner, 'handOver', input);
  await expect(owner.dialog).toBeHidden();
}

/** Throws a person out, and leaves the dialog open that says so. */
export async function throwOut(owner: Person, whom: Person, reason = '', input: Input = 'mouse'): Promise<void> {
  await openPersonDialog(owner, whom, 'throwOut', input);
  await fillInDialog(owner, 'reason', reason, input);
  await pressInDialog(owner, 'throwOut', input);
  await expect(owner.dialog.getByRole('heading', { name: owner.words(['내보냈어요', 'They are out']), exact: true })).toBeVisible();
}

/** Saves the given settings, and leaves the others as they are. */
export async function changeSettings(
  owner: Person,
  settings: Partial<Record<'title' | 'capacity' | 'password', string>>,
  input: Input = 'mouse',
): Promise<void> {
  await openSettings(owner, input);
  for (const [name, text] of Object.entries(settings)) await fillInDialog(owner, name as DialogField, text, input);
  await pressInDialog(owner, 'save', input);
  await expect(owner.dialog).toBeHidden();
}

/** Says something, and waits until the others have it. By then they also have everything that the room sent before. */
export async function sayToAll(speaker: Person, text: string, ...listeners: Person[]): Promise<void> {
  await speaker.say(text);
  for (const listener of listeners) await listener.expectMessage(text);
}

declare global {
  interface Window {
    /** By how many milliseconds the page's clock is ahead. */
    clockOffset: number;
  }
}

/**
 * Gives this person's pages, from the next one on, a clock for `advanceClock`, and shortens the intervals at which they look
 * at it. (Playwright's own clock gives timers ids that are too large for WASM, which could then not stop any timer.)
 */
export async function installClock(someone: Person): Promise<void> {
  await someone.context.addInitScript(() => {
    const [now, every] = [Date.now, window.setInterval.bind(window)];
    window.clockOffset = 0;
    Date.now = () => now() + window.clockOffset;
    Object.assign(window, { setInterval: (look: () => void, millis: number) => every(look, Math.min(millis, 300)) });
  });
}

/** Sets the clock of these tabs ahead at once, as when a device wakes from sleep. */
export async function advanceClock(minutes: number, ...tabs: Person[]): Promise<void> {
  for (const { page } of tabs) await page.evaluate((millis) => void (window.clockOffset += millis), minutes * 60_000);
}

/** The person sees that they were thrown out, with these words, and nothing of the room. */
export async function expectShutOut(someone: Person, ...words: (string | RegExp)[]): Promise<void> {
  const { page } = someone;
  const heading = someone.words(['이 방에서 강퇴되었습니다.', 'You were removed from this room.']);
  await expect(page.getByRole('heading', { name: heading, exact: true })).toBeVisible();
  for (const word of words) await expect(page.locator('.lost')).toContainText(word);
  await expect(page.getByRole('log')).toHaveCount(0);
  await expect(page.locator('textarea')).toHaveCount(0);
}
