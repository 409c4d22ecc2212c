import { expect, test } from '../lib/test.ts';

test('the form starts with ten people and no password', async ({ person }) => {
  const mina = await person();
  await mina.openRoomForm();
  await expect(mina.formField('title')).toHaveValue('');
  await expect(mina.formField('capacity')).toHaveValue('10');
  await expect(mina.formField('password')).toHaveValue('');
});

const WRONG = [
  { what: 'no title', field: 'title', typed: { title: '   ', capacity: 12 }, says: /방 제목을 적어 주세요/ },
  { what: 'a title of 51 characters', field: 'title', typed: { title: '가'.repeat(51) }, says: /50자/ },
  { what: 'no number', field: 'capacity', typed: { capacity: '' }, says: /몇 명까지/ },
  { what: 'one person', field: 'capacity', typed: { capacity: 1 }, says: /2명부터 1,000명까지/ },
  { what: '1,001 people', field: 'capacity', typed: { capacity: 1001 }, says: /2명부터 1,000명까지/ },
  { what: 'a password of 129 characters', field: 'password', typed: { password: 'x'.repeat(129) }, says: /128자/ },
] as const;

for (const { what, field, typed, says } of WRONG) {
  test(`${what} is told at its field, and nothing typed is lost`, async ({ person, title }) => {
    const mina = await person();
    await mina.openRoomForm();
    await mina.waitForForm();
    const all = { title, capacity: 12, password: '비밀!', ...typed };
    await mina.fillInRoom(all);
    await mina.submitRoom();

    const input = mina.formField(field);
    await expect(input).toHaveAttribute('aria-invalid', 'true');
    await expect(input).toHaveAccessibleDescription(says);
    await expect(mina.page.locator('[aria-invalid=true]')).toHaveCount(1);
    await expect(mina.formField('title')).toHaveValue(all.title);
    await expect(mina.formField('capacity')).toHaveValue(String(all.capacity));
    await expect(mina.formField('password')).toHaveValue(all.password);
  });
}

test('what was wrong can be put right, and leads into the room', async ({ person, title }) => {
  const mina = await person();
  await mina.openRoomForm();
  await mina.fillInRoom({ title, capacity: 1 });
  await mina.submitRoom();
  await expect(mina.page.locator('[aria-invalid=true]')).toHaveCount(1);
  await mina.fillInRoom({ capacity: 2 });
  await mina.submitRoom();
  await mina.expectInside();
  await expect(mina.page.getByText(title).first()).toBeVisible();
});

test('the server judges by itself', async ({ person }) => {
  const mina = await person();
  await mina.openLobby();
  const answer = await mina.callApi('create_room', { title: ' ', capacity: '1001', password: 'x'.repeat(129) });
  expect(answer.status()).toBe(422);
  const told = await answer.text();
  for (const field of ['Title', 'Capacity', 'Password']) expect(told).toContain(field);
});
