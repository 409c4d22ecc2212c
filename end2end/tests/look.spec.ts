import { EACH_SIZE, PHONE } from '../lib/devices.ts';
import { gif } from '../lib/gif.ts';
import { expectLooksRight } from '../lib/looks.ts';
import { expect, test, type Person } from '../lib/test.ts';

async function composerIsInView(someone: Person): Promise<void> {
  await expect(someone.messageBox).toBeInViewport({ ratio: 1 });
  await expect(someone.sendButton).toBeInViewport({ ratio: 1 });
}

for (const [size, viewport, schemes] of EACH_SIZE) {
  for (const colorScheme of schemes) {
    test.describe(`${size}, ${colorScheme}`, () => {
      const look = { viewport, colorScheme, reducedMotion: 'reduce' as const };

      test.describe('on a server of its own', () => {
        test.use({ settings: {} });

        test('the lobby looks right, empty and full', async ({ person }, info) => {
          const [mina, sora] = [await person(look), await person()];
          await mina.watchLobby();
          await expectLooksRight(mina, info.outputPath('lobby-empty.png'));
          await sora.openLobby();
          await sora.createRoomByApi({ title: '고양이만 올라오는 방', capacity: 20 });
          await sora.createRoomByApi({ title: '3팀 점심 회의', password: '비밀', capacity: 6 });
          const long = `${'아주 긴 제목은 '.repeat(6)}끝`.slice(0, 50).trim();
          await sora.createRoomByApi({ title: long });
          await expect(mina.card(long)).toBeVisible();
          await expectLooksRight(mina, info.outputPath('lobby.png'));
        });
      });

      test('the new-room form looks right, also with something wrong', async ({ person }, info) => {
        const mina = await person(look);
        await mina.openRoomForm();
        await expectLooksRight(mina, info.outputPath('new-room.png'));
        await mina.fillInRoom({ title: ' ', capacity: 1 });
        await mina.submitRoom();
        await expect(mina.page.locator('[aria-invalid=true]')).toHaveCount(2);
        await expectLooksRight(mina, info.outputPath('new-room-wrong.png'));
      });

      test('the door looks right, also when the password is wrong', async ({ person, title }, info) => {
        const [mina, sora] = [await person(), await person(look)];
        await mina.openLobby();
        const room = await mina.createRoomByApi({ title, password: '비밀' });
        await sora.visitRoom(room);
        await expectLooksRight(sora, info.outputPath('door.png'));
        await sora.tryPassword('아님');
        await expect(sora.page.getByText('비밀번호가 틀렸습니다.')).toBeVisible();
        await expectLooksRight(sora, info.outputPath('door-wrong.png'));
      });

      test('the room looks right, and the composer is in view', async ({ person, title }, info) => {
        const [mina, sora] = [await person(look), await person()];
        await mina.createRoom({ title });
        await sora.enterRoom(title);
        await sora.say('이 움짤 봤어요?');
        await sora.sendGif(gif('움짤.gif', { width: 200, height: 120, tint: 1 }));
        await mina.say('ㅋㅋㅋㅋㅋ 너무 귀엽다');
        await mina.say(`https://example.org/${'아주-긴-주소'.repeat(20)}`);
        await expect(mina.gifs).toHaveCount(1);
        await expectLooksRight(mina, info.outputPath('room.png'));
        await composerIsInView(mina);
      });

      test('the error page looks right', async ({ person }, info) => {
        const mina = await person(look);
        await mina.page.goto('/x');
        await expectLooksRight(mina, info.outputPath('error.png'));
      });
    });
  }
}

test('the composer stays in view when the log is long', async ({ person, title }) => {
  const mina = await person({ viewport: PHONE });
  await mina.createRoom({ title });
  for (let n = 0; n < 30; n++) await mina.sayByApi(mina.roomId(), `${n}번째`);
  await mina.expectMessage('29번째');
  await composerIsInView(mina);
  await mina.messageBox.fill('여러\n줄을\n써도\n보여요\n다섯\n여섯\n일곱\n여덟');
  await composerIsInView(mina);
});

test('the page is in the language the browser asks for', async ({ person }) => {
  const english = await person({ locale: 'en-US' });
  await english.page.goto('/');
  await expect(english.page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(english.page.getByRole('link', { name: 'New room' }).first()).toBeVisible();
  const korean = await person({ locale: 'ko-KR' });
  await korean.page.goto('/');
  await expect(korean.page.locator('html')).toHaveAttribute('lang', 'ko');
  const other = await person({ locale: 'sw-KE' });
  await other.page.goto('/');
  await expect(other.page.locator('html')).toHaveAttribute('lang', 'ko');
});

test('the switch changes the language everywhere, and for good', async ({ person, title }) => {
  const mina = await person();
  await mina.openLobby();
  await mina.switchLanguage('English');
  await expect(mina.page.locator('html')).toHaveAttribute('lang', 'en');
  await mina.openRoomForm();
  // From here on each step looks for English labels.
  await mina.fillInRoom({ title });
  await mina.submitRoom();
  await expect(mina.log).toContainText('has entered.');
  await mina.say('hello');
});

test('each reads the system in their own language', async ({ person, title }) => {
  const [mina, john] = [await person(), await person({ locale: 'en-US' })];
  const room = await mina.createRoom({ title });
  await john.enterByLink(room);
  await expect(mina.log).toContainText(/님이 입장하셨습니다\./);
  await expect(john.log).toContainText('has entered.');
});

test('the room is used by keyboard alone', async ({ person, title }) => {
  const mina = await person();
  await mina.openRoomForm();
  await mina.formField('title').focus();
  await mina.page.keyboard.type(title);
  await mina.page.keyboard.press('Enter');
  await mina.expectInside();
  await mina.messageBox.focus();
  await mina.page.keyboard.type('hello');
  await mina.page.keyboard.press('Enter');
  await mina.expectMessage('hello');
  await mina.leaveButton.focus();
  await mina.page.keyboard.press('Enter');
  await mina.leaveAndCloseButton.focus();
  await mina.page.keyboard.press('Enter');
  await expect(mina.page).toHaveURL('/');
});
