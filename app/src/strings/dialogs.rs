//! The words of the dialogs inside a room.

use super::{Lang, words};

words! {
    Dialogs, dialogs {
        rename_title: "이름 바꾸기", "Change your name";
        rename_hint: "이 방과 앞으로 들어갈 방에서 이렇게 불려요.", "You will be called this here, and in rooms you enter from now on.";
        name: "이름", "Name";
        rename_confirm: "바꾸기", "Change";
        hand_over_hint: "방 설정과 강퇴는 새 방장만 할 수 있게 돼요.", "Only they can change the settings and remove people then.";
        throw_out_hint: "이 방에서 바로 나가고, 다시 들어올 수 없어요. 쿠키를 지우면 새 사람으로 올 수는 있어요.", "They leave at once and cannot come back. Whoever clears their cookies comes as somebody new, though.";
        reason: "이유 (적지 않아도 돼요)", "Reason (optional)";
        thrown_out_title: "내보냈어요", "They are out";
        thrown_out_hint: "쿠키를 지우면 새 사람으로 다시 올 수 있어요. 걱정되면 비밀번호를 바꿔 두세요.", "Whoever clears their cookies can come back as somebody new. A new password keeps them out.";
        change_password: "비밀번호 바꾸기", "Change the password";
        not_now: "괜찮아요", "Not now";
        remove_title: "메시지를 지울까요?", "Remove the message?";
        remove_hint: "모두의 화면에서 사라지고, 되돌릴 수 없어요.", "It disappears from everybody's screen for good.";
        save: "저장", "Save";
        password_kept: "비워 두면 그대로예요", "Empty: stays as it is";
        password_none: "없음", "None";
        remove_password: "비밀번호 없애기", "Remove the password";
        barred: "내보낸 사람", "People you removed";
        let_in: "다시 들이기", "Let back in";
        slow: "느린 모드 (방장은 빼고)", "Slow mode (not for the owner)";
        veil: "이 방의 GIF", "GIFs in this room";
        veil_off: "바로 보기", "Shown at once";
        veil_on: "누르기 전에는 가려 두기", "Hidden until tapped";
        showing_title: "이 GIF는 어떻게 보일까요?", "How is this GIF shown?";
        showing_hint: "설명은 화면을 못 보는 분께 읽어 드리고, 가려 두면 눌러야 보여요.", "A description is read to those who cannot see it. A hidden GIF is shown when somebody taps it.";
        close_room: "방 닫기…", "Close the room…";
        close_title: "방을 닫을까요?", "Close the room?";
        close_hint: "모두 나가게 되고, 대화와 GIF가 모두 사라져요.", "Everybody leaves, and all messages and GIFs are gone.";
        close_confirm: "닫기", "Close it";
        close_again_title: "정말 닫을까요?", "Really close it?";
        close_again_hint: "되돌릴 수 없어요.", "This cannot be undone.";
        close_again_confirm: "영영 닫기", "Close for good";
    }
}

impl Lang {
    pub fn hand_over_to(self, name: &str) -> String {
        self.pick(format!("{name}님에게 방장을 넘길까요?"), format!("Make {name} the owner?"))
    }

    pub fn throw_out_whom(self, name: &str) -> String {
        self.pick(format!("{name}님을 강퇴할까요?"), format!("Remove {name} from the room?"))
    }
}
