//! The words inside a room.

use chat::entry::{PasswordChange, Settings};
use chat::text::shown;
use chat::{Entry, Slow, What};

use super::{Lang, kept_apart, size, words};
use crate::html::isolated;

words! {
    RoomWords, in_room {
        log: "채팅 내용", "Messages";
        message: "메시지", "Message";
        send: "전송", "Send";
        upload_gif: "GIF 올리기", "Upload GIF";
        leave: "방 나가기", "Leave room";
        code: "코드", "Code";
        copy_code: "코드 복사", "Copy code";
        not_copied: "복사하지 못했어요. 글을 직접 골라서 복사해 주세요.", "Could not copy. Select the text and copy it yourself.";
        copy_link: "방 링크 복사", "Copy room link";
        people: "참여자", "People";
        me: "(나)", "(me)";
        owner_mark: "방장", "owner";
        sending: "보내는 중…", "Sending…";
        retrying: "아직 보내지 못했어요. 다시 시도하고 있어요.", "Not sent yet. Trying again.";
        retrying_gif: "새로고침하거나 닫으면 이 GIF는 사라져요.", "This GIF goes when you reload or close the page.";
        failed: "보내지 못했어요", "Not sent";
        send_again: "다시 보내기", "Send again";
        discard: "지우기", "Discard";
        waiting_upload: "올릴 차례를 기다리는 중…", "Waiting to upload…";
        uploading: "올리는 중", "Uploading";
        cancel_upload: "올리기 취소", "Cancel upload";
        pause_gif: "GIF 멈추기", "Pause GIF";
        play_gif: "GIF 재생", "Play GIF";
        open_gifs: "GIF 고르기 (내 GIF, 파일)", "Choose a GIF (yours, or a file)";
        loading_panel: "GIF 창을 불러오는 중…", "Loading your GIFs…";
        no_panel: "GIF 창을 불러오지 못했어요. 연결을 확인하고 다시 해 보세요. 파일은 그대로 보낼 수 있어요.", "Your GIFs could not be loaded. Check the connection and try again. Files can still be sent as they are.";
        without_panel: "파일 그대로 보내기", "Send a file as it is";
        keep: "내 GIF에 담기", "Keep in my GIFs";
        kept: "내 GIF에 담았어요.", "Kept in your GIFs.";
        veiled_gif: "가려 둔 GIF", "Hidden GIF";
        unveil: "눌러서 보기", "Show it";
        flashing_gif: "번쩍이는 GIF", "Flashing GIF";
        flashing_hint: "1초에 세 번 넘게 번쩍여요. 빛에 민감하면 누르지 마세요.", "It flashes more than three times a second. Do not open it if you are sensitive to light.";
        gif_options: "GIF 설명 (선택)", "Describe the GIF (optional)";
        describe: "무엇이 보이나요? (화면을 못 보는 분께 읽어 드려요)", "What does it show? (Read to those who cannot see it)";
        veil_this: "누르기 전에는 가려 두기", "Hide it until somebody taps it";
        change_showing: "설명·가리기", "Describe or hide";
        older: "이전 메시지 보기", "Older messages";
        newest: "최근 메시지로", "Newest messages";
        loading_older: "이전 메시지를 불러오는 중…", "Loading older messages…";
        older_failed: "이전 메시지를 불러오지 못했어요.", "Older messages could not be loaded.";
        start: "여기서 방이 열렸어요", "The room was opened here";
        unread: "여기부터 안 읽은 메시지", "New messages";
        to_bottom: "맨 아래로", "To the newest";
        notify: "새 메시지 알림", "Notify me of new messages";
        notify_hint: "다른 곳을 볼 때 새 메시지를 알려 드려요", "Tells you of new messages while you look elsewhere";
        notify_blocked: "브라우저가 알림을 막고 있어요. 주소창 옆 사이트 설정에서 허용해 주세요.", "The browser blocks notifications. Allow them in the site settings beside the address.";
        notify_missing: "이 브라우저에서는 알림을 보낼 수 없어요.", "This browser cannot show notifications.";
        hide_hint: "이 브라우저에서만 가려요. 다른 사람은 알 수 없어요.", "Only in this browser. Nobody else can tell.";
        drop_here: "여기에 놓으면 GIF를 올려요", "Drop to upload the GIF";
        pasted_still: "붙여넣은 그림은 움직임이 사라진 한 장면이에요. GIF 파일을 끌어다 놓거나 GIF 버튼으로 골라 주세요.", "A pasted picture is a single still frame. Drag the GIF file here, or pick it with the GIF button.";
        only_gifs: "GIF 파일만 올릴 수 있어요.", "Only GIF files can be uploaded.";
        empty_file: "빈 파일이에요. 다른 GIF를 골라 주세요.", "The file is empty. Choose another GIF.";
        file_changed: "파일이 바뀌었거나 없어졌어요. 다시 골라 주세요.", "This file has changed or is gone. Choose it again.";
        close_title: "방을 닫을까요?", "Close the room?";
        close_hint: "마지막 사람이라 나가면 방과 대화가 모두 사라져요.", "You are the last one here. If you leave, the room and everything in it is gone.";
        close_confirm: "나가고 닫기", "Leave and close";
        stay: "머무르기", "Stay";
        gone_hint: "마지막 사람이 나가서 방이 닫혔을 거예요. 새로 하나 열어 볼까요?", "The last person probably left and it closed. Open a new one?";
        no_script: "이 화면은 15초마다 새로고침돼요.", "This view reloads every 15 seconds.";
        refresh_now: "지금 새로고침", "Reload now";
        removed: "지워진 메시지예요", "This message was removed";
        earlier_message: "이전 메시지", "an earlier message";
        message_menu: "메시지 메뉴", "Message menu";
        person_menu: "참여자 메뉴", "Person menu";
        reactions: "반응", "Reactions";
        react_by_gif: "GIF로 반응하기", "React with a GIF";
        many_gif_reactions: "이 메시지에는 GIF 반응이 이미 여섯 개예요. 있는 것에 함께해 보세요.", "This message has six GIF reactions already. Join one of them.";
        whisper_to_me: "나에게 귓속말", "whispers to you";
        reply: "답장", "Reply";
        whisper: "귓속말", "Whisper";
        rename: "이름 바꾸기", "Change name";
        hide: "메시지 가리기", "Hide messages";
        unhide: "메시지 다시 보기", "Show messages";
        hand_over: "방장 넘기기", "Make owner";
        throw_out: "강퇴", "Remove from room";
        remove: "지우기", "Remove";
        settings: "방 설정", "Room settings";
        away: "자리 비움", "away";
        whisper_to_oneself: "나에게는 귓속말할 수 없어요.", "You cannot whisper to yourself.";
        cancel_whisper: "귓속말 그만하기", "Stop whispering";
        cancel_reply: "답장 취소", "Cancel reply";
        several_typing: "여러 명이 입력 중…", "Several people are typing…";
        no_command: "그런 명령은 없어요. 글로 보낼까요?", "There is no such command. Send it as text?";
        meant_whisper: "그런 명령은 없어요. 귓속말(/w)을 하려던 건가요?", "There is no such command. Did you mean to whisper (/w)?";
        meant_gif: "GIF는 GIF 버튼으로 올려 주세요.", "Please use the GIF button for GIFs.";
        which_person: "누구에게 귓속말할까요?", "Whisper to whom?";
        send_as_text: "글로 보내기", "Send as text";
        choose_gif: "GIF 고르기", "Choose a GIF";
        waits_for_turn: "느린 모드라서 차례가 오면 저절로 보내요.", "Slow mode: this is sent by itself when your turn comes.";
        turn_is_here: "이제 보낼 수 있어요.", "You can send again.";
    }
}

impl Lang {
    /// The text of a fact about the person called `name`, with marks around what people wrote
    /// ([`isolated`](crate::html::isolated)).
    pub fn fact(self, entry: &Entry, name: &str) -> String {
        match &entry.what {
            What::Left => self.left(name),
            What::NewOwner => self.new_owner(name),
            What::ThrownOut { reason: None } => {
                self.pick(format!("{name}님이 강퇴되었습니다."), format!("{name} was removed by the owner."))
            }
            What::ThrownOut { reason: Some(reason) } => {
                let reason = isolated(&shown(reason.as_str()));
                self.pick(
                    format!("{name}님이 강퇴되었습니다. 이유: {reason}"),
                    format!("{name} was removed by the owner. Reason: {reason}"),
                )
            }
            What::Renamed { from } => {
                let from = isolated(&self.name(from));
                self.pick(
                    format!("{from}님이 이름을 {name}(으)로 바꿨습니다."),
                    format!("{from} is now called {name}."),
                )
            }
            What::Settings(settings) => self.new_settings(settings, name),
            _ => self.entered(name),
        }
    }

    fn new_settings(self, settings: &Settings, name: &str) -> String {
        let mut parts = Vec::new();
        if let Some(title) = &settings.title {
            let title = isolated(&title.shown());
            parts.push(self.pick(format!("제목 ‘{title}’"), format!("title “{title}”")));
        }
        if let Some(capacity) = settings.capacity {
            let capacity = capacity.get();
            parts.push(self.pick(format!("최대 {capacity}명"), format!("up to {capacity} people")));
        }
        if let Some(password) = settings.password {
            let words = match password {
                PasswordChange::Set => self.pick("비밀번호 설정", "password set"),
                PasswordChange::Changed => self.pick("비밀번호 변경", "password changed"),
                PasswordChange::Removed => self.pick("비밀번호 해제", "password removed"),
            };
            parts.push(words.to_owned());
        }
        if let Some(slow) = settings.slow {
            let pace = self.pace(slow);
            parts.push(self.pick(format!("느린 모드 ({pace})"), format!("slow mode ({pace})")));
        }
        if let Some(veil) = settings.veil {
            let words = match veil {
                true => self.pick("GIF 가려 두기", "GIFs hidden until tapped"),
                false => self.pick("GIF 바로 보기", "GIFs shown at once"),
            };
            parts.push(words.to_owned());
        }
        // (The standard library's `join` for owned texts would add 0.6 KiB to a room's WASM, and nothing else there needs it at first.)
        let parts = parts.into_iter().reduce(|all, part| all + ", " + &part).unwrap_or_default();
        self.pick(format!("{name}님이 방을 바꿨습니다: {parts}"), format!("{name} changed the room: {parts}"))
    }

    /// How often everybody but the owner may send a message.
    pub fn pace(self, slow: Slow) -> String {
        match slow.seconds() {
            0 => self.pick("끔", "off").to_owned(),
            seconds @ 1..60 => self.pick(format!("{seconds}초마다 한 번"), format!("one message every {seconds} s")),
            seconds => {
                let minutes = seconds / 60;
                self.pick(format!("{minutes}분마다 한 번"), format!("one message every {minutes} min"))
            }
        }
    }

    /// The line that says how slow the room is.
    pub fn slow_mode(self, slow: Slow) -> String {
        let pace = self.pace(slow);
        self.pick(format!("느린 모드: {pace}."), format!("Slow mode: {pace}."))
    }

    /// In how many seconds slow mode lets the reader send.
    pub fn turn_in(self, seconds: u32) -> String {
        let (minutes, seconds) = (seconds / 60, seconds % 60);
        match minutes {
            0 => self.pick(format!("{seconds}초 뒤에 보낼 수 있어요."), format!("You can send in {seconds} s.")),
            _ => self.pick(
                format!("{minutes}분 {seconds}초 뒤에 보낼 수 있어요."),
                format!("You can send in {minutes} min {seconds} s."),
            ),
        }
    }

    pub fn whispered_to(self, name: &str) -> String {
        let name = kept_apart(name);
        self.pick(format!("{name}님에게 귓속말"), format!("whisper to {name}"))
    }

    pub fn only_for(self, name: &str) -> String {
        self.pick(format!("{name}님에게만 보여요"), format!("Only {name} will see this"))
    }

    pub fn answer_to(self, name: &str) -> String {
        let name = kept_apart(name);
        self.pick(format!("{name}님에게 답장"), format!("Reply to {name}"))
    }

    pub fn typing(self, names: &[String]) -> String {
        match names {
            [] => String::new(),
            [one] => self.pick(format!("{one}님이 입력 중…"), format!("{one} is typing…")),
            [one, two, ..] => self.pick(format!("{one}님, {two}님이 입력 중…"), format!("{one} and {two} are typing…")),
        }
    }

    /// The error for a whisper command that names nobody here.
    pub fn nobody_called(self, name: &str) -> String {
        if name.is_empty() {
            return self
                .pick("누구에게 귓속말할까요? 예: /귓속말 이름 내용", "Whisper to whom? Like: /w name text")
                .to_owned();
        }
        let name = kept_apart(name);
        self.pick(format!("이 방에 그런 사람이 없어요: {name}"), format!("Nobody here is called that: {name}"))
    }

    /// The label of a folded run of facts.
    pub fn facts(self, count: u32) -> String {
        self.pick(format!("입장·퇴장 등 소식 {count}개"), format!("{count} room notices"))
    }

    pub fn entered(self, name: &str) -> String {
        self.pick(format!("{name}님이 입장하셨습니다."), format!("{name} has entered."))
    }

    pub fn left(self, name: &str) -> String {
        self.pick(format!("{name}님이 퇴장하셨습니다."), format!("{name} has left."))
    }

    pub fn new_owner(self, name: &str) -> String {
        self.pick(format!("{name}님이 방장이 되셨습니다."), format!("{name} is the owner now."))
    }

    pub fn new_messages(self, count: &str) -> String {
        let messages = if count == "1" { " new message" } else { " new messages" };
        self.pick(format!("새 메시지 {count}개"), format!("{count}{messages}"))
    }

    /// The label of a run of hidden messages.
    pub fn hidden_messages(self, count: u32) -> String {
        let messages = if count == 1 { " hidden message" } else { " hidden messages" };
        self.pick(format!("가린 메시지 {count}개"), format!("{count}{messages}"))
    }

    pub fn menu_of(self, name: &str) -> String {
        let name = kept_apart(name);
        self.pick(format!("{name}님 메뉴"), format!("Menu for {name}"))
    }

    pub fn hide_messages_of(self, name: &str) -> String {
        let name = kept_apart(name);
        self.pick(format!("{name}님의 메시지 가리기"), format!("Hide messages from {name}"))
    }

    pub fn gif_of(self, name: &str) -> String {
        let name = kept_apart(name);
        self.pick(format!("{name}님이 올린 GIF"), format!("GIF from {name}"))
    }

    pub fn too_large_before_sending(self, name: &str, bytes: u64, limit: u64) -> String {
        let (name, bytes, limit) = (kept_apart(name), size(bytes), size(limit));
        self.pick(
            format!("{name}: {bytes}는 너무 커요. GIF는 {limit}까지 올릴 수 있어요."),
            format!("{name}: {bytes} is too big. GIFs can have up to {limit}."),
        )
    }

    pub fn characters_left(self, left: i64) -> String {
        if left >= 0 {
            self.pick(format!("{left}자 남았어요"), format!("{left} character{} left", plural(left)))
        } else {
            self.pick(format!("{}자 넘었어요", -left), format!("{} character{} too many", -left, plural(-left)))
        }
    }
}

/// The ending of an English noun after a count.
fn plural(count: i64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_mode_is_told_in_words() {
        let told = |slow, lang: Lang| lang.new_settings(&Settings { slow: Some(slow), ..Settings::default() }, "A");
        let korean = Slow::ALL.map(|slow| told(slow, Lang::Ko));
        assert_eq!(korean[0], "A님이 방을 바꿨습니다: 느린 모드 (끔)");
        assert_eq!(korean[2], "A님이 방을 바꿨습니다: 느린 모드 (15초마다 한 번)");
        assert_eq!(korean[4], "A님이 방을 바꿨습니다: 느린 모드 (5분마다 한 번)");
        let english = Slow::ALL.map(|slow| told(slow, Lang::En));
        assert_eq!(english[0], "A changed the room: slow mode (off)");
        assert_eq!(english[2], "A changed the room: slow mode (one message every 15 s)");
        assert_eq!(english[3], "A changed the room: slow mode (one message every 1 min)");
    }
}
