//! Words that several pages share.

use super::{Lang, words};

words! {
    Common, common {
        app_description: "가입 없이, 방 하나 열고, 움짤로 이야기해요.", "No account. Open a room and talk in GIFs.";
        lobby_title: "GIF 채팅방", "GIF chat rooms";
        make_room: "채팅방 생성", "New room";
        to_lobby: "목록으로", "Back to the rooms";
        open_kind: "공개방", "Open room";
        locked_kind: "비밀방", "Password room";
        owner: "방장", "Owner";
        enter: "입장", "Enter";
        me_title: "내 얼굴과 색", "My face and colour";
        me_hint: "색과 이름은 이 브라우저에 저절로 붙어요. 가입은 없어요.", "This browser was given a colour and a name. There is no account.";
        copy_colour: "색 복사", "Copy colour";
        copied: "복사했어요", "Copied";
        language: "언어", "Language";
        gif_settings: "GIF 보기", "GIFs";
        play_always: "늘 재생", "Always play";
        play_once: "한 번만", "Once";
        play_never: "멈춰 두기", "Never";
        veil_all: "모두 가려 두기", "Hide all until tapped";
        install: "앱으로 설치", "Install as an app";
        close: "닫기", "Close";
        cancel: "취소", "Cancel";
        retry: "다시 시도", "Try again";
        reload: "새로고침", "Reload";
        lost: "연결이 끊겼어요. 다시 잇는 중…", "Connection lost. Reconnecting…";
        text_kept: "쓰던 글은 그대로 있어요.", "Your text is safe.";
        old_page: "새 버전이 나왔어요. 새로고침하면 이어져요.", "There is a new version. Reload to go on.";
        too_many_tabs: "열린 탭이 너무 많아서 연결하지 못했어요. 다른 탭을 닫고 다시 시도해 주세요.", "Too many tabs are open to connect this one. Close some, then try again.";
        stranger: "이 브라우저의 쿠키가 사라져서 누구인지 알 수 없어요. 새로고침하면 새로 시작해요.", "This browser’s cookie is gone, so nobody knows who you are. Reload to start anew.";
        ended: "연결을 이어갈 수 없어요. 새로고침해 주세요.", "This page cannot go on. Please reload.";
        just_now: "방금", "just now";
        skip_to_content: "본문으로 건너뛰기", "Skip to content";
    }
}

words! {
    /// Why a page is shown as it is without scripts.
    WithoutWasm, without_wasm {
        missing: "이 브라우저에서는 WebAssembly를 쓸 수 없어서 간단한 화면으로 보여 드려요.", "This browser cannot run WebAssembly, so this is a simpler page.";
        failed: "페이지의 프로그램을 불러오지 못해서 간단한 화면으로 보여 드려요. 새로고침하면 다시 시도해요.", "The page's program could not be loaded, so this is a simpler page. Reload it to try again.";
        slow: "페이지의 프로그램이 아직 오지 않아서 간단한 화면으로 보여 드려요. 도착하면 저절로 바뀌어요.", "The page's program has not arrived yet, so this is a simpler page. It changes by itself when the program is here.";
    }
}

impl Lang {
    /// The numbers on a card ("3/10") in words.
    pub fn people_of(self, people: u16, capacity: u16) -> String {
        self.pick(format!("{capacity}명 중 {people}명"), format!("{people} of {capacity} people"))
    }

    /// How long ago something was: in days if there are any, else in full minutes or hours; less than a minute is `just_now`.
    pub fn ago(self, seconds: u64, days: u64) -> String {
        let minutes = seconds / 60;
        match (days, minutes) {
            (0, 0) => self.common().just_now().to_owned(),
            (0, 1..60) => self.pick(format!("{minutes}분 전"), format!("{minutes} min ago")),
            (0, _) => self.pick(format!("{}시간 전", minutes / 60), format!("{} h ago", minutes / 60)),
            _ => self.pick(format!("{days}일 전"), format!("{days} {} ago", if days == 1 { "day" } else { "days" })),
        }
    }
}
