/** What one person does and sees: a browser context of their own, and the journey's steps in the words of the page. */

import { expect, type APIResponse, type Browser, type BrowserContext, type BrowserContextOptions, type Locator, type Page } from '@playwright/test';

import type { Upload } from './gif.ts';

export interface NewRoom {
  title: string;
  capacity?: number | string;
  password?: string;
}

/** What Chromium itself writes when a request is refused or a line is cut: tests see to those on their own. */
const BY_THE_BROWSER = /^Failed to load resource|^WebSocket connection to /;

export class Person {
  /** Everything the browser complained about: errors in the console, broken scripts, breaches of the CSP. */
  readonly complaints: string[] = [];
  #live = false;
  #joined = 0;

  static async arrive(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Person> {
    const context = await browser.newContext({ ...options, baseURL: url });
    return new Person(context, await context.newPage(), url);
  }

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly url: string,
  ) {
    this.#listenTo(page);
  }

  /** The same person in one more tab. */
  async secondTab(): Promise<Person> {
    return new Person(this.context, await this.context.newPage(), this.url);
  }

  // --- Going places

  async openLobby(): Promise<void> {
    await this.page.goto('/');
    await expect(this.page.getByRole('heading', { name: 'GIF 채팅방' })).toBeVisible();
  }

  /** Until the socket of this page has told what there is; from then on everything is live. */
  async isLive(): Promise<void> {
    await expect.poll(() => this.#live, { message: 'the socket never caught up' }).toBe(true);
  }

  /** How often a socket has told what there is. */
  get joined(): number {
    return this.#joined;
  }

  /** Until a socket has told what there is once more than `before`: what was there has ended since. */
  async isBack(before: number, timeout = 10_000): Promise<void> {
    await expect.poll(() => this.#joined, { message: 'no socket came back', timeout }).toBeGreaterThan(before);
  }

  async createRoom({ title, capacity, password }: NewRoom): Promise<string> {
    await this.openLobby();
    await this.page.getByRole('link', { name: '채팅방 생성' }).first().click();
    await this.fillInRoom({ title, capacity, password });
    await this.page.getByRole('button', { name: '생성' }).click();
    await this.isInside();
    return this.room();
  }

  async fillInRoom({ title, capacity, password }: Partial<NewRoom>): Promise<void> {
    if (title !== undefined) await this.page.getByLabel('방 제목', { exact: true }).fill(title);
    if (capacity !== undefined) await this.page.getByLabel('수용 인원', { exact: true }).fill(String(capacity));
    if (password !== undefined) await this.page.getByLabel('비밀번호', { exact: true }).fill(password);
  }

  /** Through the lobby, as anybody would; a locked room asks at its door. */
  async enterRoom(title: string, password?: string): Promise<void> {
    await this.openLobby();
    await this.pressEnter(title);
    if (password !== undefined) await this.tryPassword(password);
    await this.isInside();
  }

  async pressEnter(title: string): Promise<void> {
    const card = this.card(title);
    await card.getByRole('button', { name: '입장' }).or(card.getByRole('link', { name: '입장' })).click();
  }

  async tryPassword(password: string): Promise<void> {
    await this.page.getByLabel('비밀번호', { exact: true }).fill(password);
    await this.page.getByRole('button', { name: '입장' }).click();
  }

  async isInside(): Promise<void> {
    await expect(this.log).toBeVisible();
    await this.isLive();
  }

  async leave(): Promise<void> {
    await this.page.getByRole('button', { name: '방 나가기' }).click();
    await expect(this.page).toHaveURL('/');
  }

  /** The last one is asked first: the room goes with them. */
  async leaveAsLast(): Promise<void> {
    await this.page.getByRole('button', { name: '방 나가기' }).click();
    await this.page.getByRole('dialog').getByRole('button', { name: '나가고 닫기' }).click();
    await expect(this.page).toHaveURL('/');
  }

  /** From the lobby; the switch is with one's own face. */
  async switchLanguage(to: 'English' | '한국어'): Promise<void> {
    await this.page.getByRole('button', { name: /^(내 얼굴과 색|My face and colour)$/ }).click();
    await this.page.getByRole('button', { name: to }).click();
  }

  // --- Talking

  async type(text: string): Promise<void> {
    await this.messageBox.fill(text);
  }

  async say(text: string): Promise<void> {
    await this.type(text);
    await this.page.getByRole('button', { name: '전송', exact: true }).click();
    await this.expectMessage(text);
    // It shows before the server has it.
    await expect(this.log.getByText('보내는 중…')).toHaveCount(0);
  }

  async chooseGif(file: Upload): Promise<void> {
    await this.page.getByLabel('GIF 올리기').setInputFiles(file);
  }

  async sendGif(file: Upload): Promise<void> {
    const before = await this.gifs.count();
    await this.chooseGif(file);
    await expect(this.gifs).toHaveCount(before + 1);
  }

  async expectMessage(text: string): Promise<void> {
    await expect(this.message(text)).toHaveCount(1);
    await expect(this.message(text)).toBeVisible();
  }

  // --- What is on the page

  /** The id of the room this person is at. */
  room(): string {
    const id = /\/room\/([0-9a-f]{32})/.exec(this.page.url())?.[1];
    if (!id) throw new Error(`not at a room: ${this.page.url()}`);
    return id;
  }

  get log(): Locator {
    return this.page.getByRole('log', { name: '채팅 내용' });
  }

  get messageBox(): Locator {
    return this.page.getByRole('textbox', { name: '메시지' });
  }

  message(text: string): Locator {
    return this.log.getByText(text, { exact: true });
  }

  get gifs(): Locator {
    return this.log.getByRole('img', { name: /GIF/ });
  }

  card(title: string): Locator {
    return this.page.getByRole('listitem').filter({ has: this.page.getByText(title, { exact: true }) });
  }

  /** The room's log as lines of text, the way this person reads it. */
  async transcript(): Promise<string[]> {
    const text = await this.log.innerText();
    return text.split('\n').filter((line) => line.trim() !== '');
  }

  /** The entries of the log, in order: what was said, whose GIF, who came and went. */
  async entries(): Promise<string[]> {
    return this.log.getByRole('listitem').evaluateAll((lines) =>
      lines.map((line) => {
        const gif = line.querySelector<HTMLImageElement>('img[alt*="GIF"]');
        return gif?.alt ?? line.querySelector('.bubble')?.textContent ?? line.textContent ?? '';
      }),
    );
  }

  /** How many lines of the log say so. */
  async times(text: string): Promise<number> {
    return (await this.transcript()).filter((line) => line.includes(text)).length;
  }

  /** Notes in the page when it first says this, or first does not: milliseconds since 1970. */
  momentOf(text: string | RegExp, says = true): Promise<number> {
    const pattern = typeof text === 'string' ? text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : text.source;
    return this.page.evaluate(
      ({ pattern, says }) =>
        new Promise<number>((seen) => {
          const look = () => new RegExp(pattern).test(document.body.innerText) === says && seen(Date.now());
          new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
          look();
        }),
      { pattern, says },
    );
  }

  // --- Past the page

  /** Calls a server function as the page does. */
  async post(name: string, form: Record<string, string>): Promise<APIResponse> {
    const headers = { accept: 'application/json', origin: this.url };
    return this.context.request.post(`/api/${name}`, { form, headers });
  }

  /** Makes a room without going there; returns its id. */
  async createRoomUnseen({ title, capacity = 10, password = '' }: NewRoom): Promise<string> {
    const answer = await this.post('create_room', { title, capacity: String(capacity), password });
    expect(answer.status(), await answer.text()).toBe(200);
    return (await answer.json()) as string;
  }

  /** Says something without waiting for the page to show it. */
  async sayUnseen(room: string, text: string): Promise<void> {
    const answer = await this.post('send_text', { room, client: randomClientId(), text });
    expect(answer.status(), await answer.text()).toBe(200);
  }

  #listenTo(page: Page): void {
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame()) this.#live = false;
    });
    page.on('websocket', (socket) => {
      let joined = false;
      socket.on('framereceived', ({ payload }) => {
        if (!/"CaughtUp"|"Lobby"/.test(payload.toString())) return;
        if (!joined) this.#joined += 1;
        joined = this.#live = true;
      });
      socket.on('close', () => (this.#live = false));
    });
    page.on('pageerror', (error) => this.complaints.push(`broken script: ${error.message}`));
    page.on('console', (line) => {
      const tells = line.type() === 'error' || /Content.Security.Policy/i.test(line.text());
      if (tells && !BY_THE_BROWSER.test(line.text())) this.complaints.push(`${page.url()}: ${line.text()}`);
    });
  }
}

function randomClientId(): string {
  return crypto.randomUUID().replaceAll('-', '');
}
