//! The words and sentences that names may not pass for. They are compared after folding, so spelling and spacing need
//! not be listed. A sentence that the page says (`app/src/strings/room.rs`) belongs here, too.

use std::sync::LazyLock;

use super::folding::{Word, folded};
use super::list;

/// Words of roles, and what the room or its makers might be called.
pub static ROLES: LazyLock<Vec<Word>> = LazyLock::new(|| {
    list(&[
        "방장",
        "부방장",
        "방주인",
        "주인장",
        "방지기",
        "운영자",
        "운영진",
        "운영팀",
        "관리자",
        "관리인",
        "관리팀",
        "매니저",
        "어드민",
        "오너",
        "호스트",
        "시스템",
        "서버",
        "알림",
        "공지",
        "공지사항",
        "안내",
        "봇",
        "모더레이터",
        "고객센터",
        "고객지원",
        "기프챗",
        "깁챗",
        "owner",
        "owners",
        "admin",
        "admins",
        "administrator",
        "administrators",
        "sysadmin",
        "root",
        "sysop",
        "operator",
        "moderator",
        "moderators",
        "mod",
        "mods",
        "staff",
        "host",
        "system",
        "server",
        "gifchat",
        "official",
        "support",
        "helpdesk",
        "bot",
        "notice",
        "announcement",
        "notification",
        "webmaster",
        "superuser",
        "manager",
        "management",
    ])
});

/// Words that change nothing about a role beside them.
pub static FILLERS: LazyLock<Vec<Word>> = LazyLock::new(|| {
    list(&[
        "님",
        "팀",
        "방",
        "방의",
        "채팅",
        "채팅방",
        "챗",
        "메시지",
        "메세지",
        "계정",
        "공식",
        "최고",
        "총",
        "부",
        "슈퍼",
        "진짜",
        "본인",
        "입니다",
        "the",
        "room",
        "chat",
        "message",
        "messages",
        "team",
        "account",
        "super",
        "real",
        "your",
        "this",
    ])
});

/// Roles that name a person in charge. They are refused at either end of a name, where the page shows a role.
pub static EDGES: LazyLock<Vec<Word>> = LazyLock::new(|| {
    list(&[
        "방장",
        "방장님",
        "부방장",
        "운영자",
        "운영자님",
        "운영진",
        "관리자",
        "관리자님",
        "어드민",
        "모더레이터",
        "owner",
        "admin",
        "admins",
        "administrator",
        "sysadmin",
        "moderator",
    ])
});

/// What the page says about people, and whether it counts even inside a word.
pub static SENTENCES: LazyLock<Vec<(bool, Word)>> = LazyLock::new(|| {
    let anywhere = [
        "님이입장",
        "님이퇴장",
        "님이들어",
        "님이나갔",
        "님이나가",
        "님이강퇴",
        "님이이름을",
        "님이방을",
        "님이방장",
        "님이입력",
        "님에게귓속말",
        "님에게만보여",
        "님에게답장",
        "님의메시지",
        "입장하셨",
        "입장했습니다",
        "입장했어요",
        "입장하였습니다",
        "입장하였",
        "퇴장하셨",
        "퇴장했습니다",
        "퇴장했어요",
        "퇴장하였",
        "들어왔습니다",
        "들어왔어요",
        "들어오셨",
        "나갔습니다",
        "나갔어요",
        "나가셨",
        "방장이되",
        "강퇴되었",
        "강퇴됐",
        "강퇴당",
        "으로바꿨",
        "로바꿨습니다",
        "방을바꿨",
        "입력중",
        "지워진메시지",
        "나에게귓속말",
        "안읽은메시지",
        "방이열렸",
        "자리비움",
        "새메시지",
    ];
    let as_words = [
        "has entered",
        "has joined",
        "has left",
        "entered the room",
        "joined the room",
        "left the room",
        "joined the chat",
        "left the chat",
        "entered the chat",
        "is the owner",
        "is owner now",
        "owner now",
        "was removed",
        "removed by the owner",
        "was kicked",
        "was banned",
        "is now called",
        "changed the room",
        "is typing",
        "are typing",
        "whispers to you",
        "whisper to you",
        "will see this",
        "message was removed",
        "new message",
        "new messages",
        "room was opened",
        "was opened here",
        "is away",
    ];
    let of = |is_anywhere: bool| move |sentence: &&str| (is_anywhere, folded(sentence));
    anywhere.iter().map(of(true)).chain(as_words.iter().map(of(false))).collect()
});

/// What a person has just done, at the end of a name.
pub static STATES: LazyLock<Vec<Word>> = LazyLock::new(|| list(&["joined", "entered", "left", "입장", "퇴장"]));

/// Words before which "left" is a side.
pub static SIDES: LazyLock<Vec<Word>> = LazyLock::new(|| {
    list(&["turn", "stage", "far", "the", "go", "my", "top", "bottom", "upper", "lower", "new", "swipe", "center"])
});
