//! The words of the new-room form and the door.

use super::{Lang, words};

words! {
    Form, form {
        new_room_hint: "마지막 사람이 나가면 방과 대화가 사라져요.", "When the last person leaves, the room and its messages go.";
        title: "방 제목", "Room title";
        capacity: "수용 인원", "People";
        quick_picks: "자주 쓰는 인원", "Common numbers";
        password: "비밀번호", "Password";
        no_password: "없으면 공개방", "Leave empty for an open room";
        password_hint: "주소나 목록에는 절대 나타나지 않아요.", "It never shows in the address or the list.";
        show_password: "비밀번호 보기", "Show password";
        create: "생성", "Create";
        creating: "만드는 중…", "Creating…";
        entering: "들어가는 중…", "Entering…";
        door_full: "지금은 자리가 없어요. 누가 나가면 바로 들어갈 수 있어요.", "There is no seat right now. You can enter as soon as somebody leaves.";
        door_free: "자리가 났어요. 이제 들어갈 수 있어요.", "There is a seat now. You can enter.";
        outside_away: "자리를 비운 사이에 자리가 정리됐어요.", "Your seat was given up while you were away.";
        outside_replaced: "방이 가득 차서, 자리를 비운 사이에 다른 사람이 앉았어요.", "The room was full, and somebody took your seat while you were away.";
        way_back_open: "비밀번호 없이 다시 들어갈 수 있어요.", "You can come back without the password.";
        password_is_new: "그사이 비밀번호가 바뀌었어요.", "The password has changed since.";
        wrong_password_hint: "방장에게 다시 물어보세요.", "Ask the owner for it again.";
    }
}

impl Lang {
    pub fn seats(self, people: u16, capacity: u16) -> String {
        self.pick(format!("{people}/{capacity}명"), format!("{people}/{capacity} people"))
    }
}
