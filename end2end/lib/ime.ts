/** Keyboards and input methods: sends their events to the browser by the DevTools protocol. */

import type { CDPSession, Locator, Page } from '@playwright/test';

import type { Person } from './person.ts';

/** The properties of a keystroke. */
interface Key {
  /** The code of the key: 229 while an input method has it. */
  number?: number;
  /** The name of the key. */
  key?: string;
  shift?: boolean;
  ctrl?: boolean;
  alt?: boolean;
  repeat?: boolean;
  numpad?: boolean;
}

export class Ime {
  /** Writes into the message box of this person. */
  static async of(someone: Person): Promise<Ime> {
    return Ime.in(someone.page, someone.messageBox);
  }

  /** Writes into any field of a page. */
  static async in(page: Page, field: Locator): Promise<Ime> {
    await field.focus();
    return new Ime(await page.context().newCDPSession(page));
  }

  private constructor(private readonly session: CDPSession) {}

  /** Shows the stages of a syllable as it grows, for example ㅎ, 하, 한. */
  async compose(...stages: string[]): Promise<void> {
    for (const text of stages) {
      await this.session.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
    }
  }

  /** Ends the composition with this text, or adds a text without a composition, as dictation does. */
  async commit(text: string): Promise<void> {
    await this.session.send('Input.insertText', { text });
  }

  /** Enter goes down. With key code 13 it also inserts a line break, unless the page prevents that. */
  async enter({ number = 13, key = 'Enter', numpad, repeat = false, ...held }: Key = {}): Promise<void> {
    const code = numpad ? 'NumpadEnter' : 'Enter';
    const modifiers = (held.alt ? 1 : 0) + (held.ctrl ? 2 : 0) + (held.shift ? 8 : 0);
    const text = number === 13 && !held.ctrl ? { text: '\r', unmodifiedText: '\r' } : {};
    await this.session.send('Input.dispatchKeyEvent', {
      type: number === 13 ? 'keyDown' : 'rawKeyDown',
      key,
      code,
      windowsVirtualKeyCode: number,
      nativeVirtualKeyCode: number,
      modifiers,
      autoRepeat: repeat,
      isKeypad: numpad ?? false,
      ...text,
    });
  }

  /** Presses Enter while a syllable is open, which browsers report with key code 229. */
  async enterWhileComposing(): Promise<void> {
    await this.enter({ number: 229 });
  }

  async releaseEnter(): Promise<void> {
    const key = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, nativeVirtualKeyCode: 13 };
    await this.session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key });
  }

  /** A key that a phone's keyboard does not name. */
  async unnamedKey(): Promise<void> {
    const key = { key: 'Unidentified', code: '', windowsVirtualKeyCode: 229, nativeVirtualKeyCode: 229 };
    await this.session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...key });
  }

  /** Inserts a line break, and no key goes down for it. */
  async lineBreak(): Promise<void> {
    await this.session.send('Input.dispatchKeyEvent', { type: 'char', text: '\r', unmodifiedText: '\r', key: 'Enter', code: '' });
  }
}
