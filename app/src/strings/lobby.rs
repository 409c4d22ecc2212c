//! The lobby's words.

use super::{Lang, grouped, words};

words! {
    LobbyWords, lobby {
        search: "방 제목 찾기", "Find a room";
        search_button: "찾기", "Search";
        clear_search: "검색 지우기", "Clear search";
        new_room: "새 방", "New";
        full: "가득 참", "Full";
        more: "더 보기", "Show more";
        loading: "불러오는 중…", "Loading…";
        rooms: "채팅방 목록", "Rooms";
        empty_title: "아직 열린 방이 없어요", "No rooms yet";
        empty_hint: "첫 방을 열고 링크를 보내 보세요. 움짤 한 장이면 이야기가 시작돼요.", "Open the first one and share its link. One GIF starts a conversation.";
        search_hint: "다른 말로 찾아보거나, 그 이름으로 방을 열어 보세요.", "Try other words, or open a room with that title.";
        all_rooms: "모든 방 보기", "See all rooms";
        offline: "연결이 끊겨서 목록을 새로 불러오지 못했어요. 이어지면 저절로 다시 해요. 아래는 그전 목록이에요.", "There is no connection, so the rooms could not be loaded. That happens by itself when it is back. The list below is the one from before.";
        failed: "목록을 불러오지 못했어요.", "The rooms could not be loaded.";
    }
}

impl Lang {
    /// The totals of the lobby, like "128명이 42개 방에".
    pub fn totals(self, people: u32, rooms: u32) -> String {
        let (people, rooms) = (u64::from(people), u64::from(rooms));
        self.pick(
            format!("{}명이 {}개 방에", grouped(people), grouped(rooms)),
            format!(
                "{} {} in {} {}",
                grouped(people),
                if people == 1 { "person" } else { "people" },
                grouped(rooms),
                if rooms == 1 { "room" } else { "rooms" }
            ),
        )
    }

    pub fn nothing_found(self, query: &str) -> String {
        self.pick(format!("“{query}” 방은 없어요"), format!("No room called “{query}”"))
    }
}
