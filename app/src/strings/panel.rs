//! The words of the panel of GIFs.

use super::{Lang, kept_apart, words};

words! {
    PanelWords, panel {
        mine: "내 GIF", "My GIFs";
        file: "파일", "File";
        make: "만들기", "Make";
        react: "반응할 GIF를 고르세요", "React with a GIF";
        search: "이름, 태그, 초성(ㄱㅇㅇ)으로 찾기", "Find by name or tag";
        sections: "무엇을 볼지", "What to show";
        recent: "최근", "Recent";
        favourites: "즐겨찾기", "Favourites";
        this_room: "이 방", "This room";
        gifs: "GIF 목록", "GIFs";
        unnamed: "이름 없는 GIF", "GIF without a name";
        loading: "내 GIF를 불러오는 중…", "Loading your GIFs…";
        not_loaded: "내 GIF를 불러오지 못했어요. 연결을 확인하고 다시 해 보세요.", "Your GIFs could not be loaded. Check the connection and try again.";
        nothing_yet: "아직 아무것도 없어요. 보낸 GIF가 여기에 남고, 메시지 메뉴의 ‘내 GIF에 담기’로 모을 수 있어요.", "Nothing here yet. GIFs that you send stay here, and “Keep in my GIFs” in a message's menu collects others.";
        no_favourites: "즐겨찾기가 없어요. GIF를 고르고 별을 눌러 보세요.", "No favourites yet. Choose a GIF and press the star.";
        none_in_room: "이 방에는 아직 GIF가 없어요.", "No GIFs in this room yet.";
        nothing_fits: "맞는 GIF가 없어요.", "No GIF fits.";
        strip_hint: "↵ 보내기 · ←→ 고르기 · Esc 닫기", "↵ send · ←→ choose · Esc close";
        star: "즐겨찾기에 담기", "Add to favourites";
        edit: "이름·태그·폴더", "Name, tags, folder";
        take_off: "내 GIF에서 빼기", "Remove from my GIFs";
        taken_off: "내 GIF에서 뺐어요.", "Removed from your GIFs.";
        undo: "되돌리기", "Undo";
        name: "이름", "Name";
        tags: "태그 (쉼표로 나눠요)", "Tags, separated by commas";
        folder: "폴더", "Folder";
        save_label: "저장", "Save";
        caption: "덧붙일 말", "Add a message";
        details: "설명·가리기", "Describe or hide";
        describe: "무엇이 보이나요? (화면을 못 보는 분께 읽어 드려요)", "What does it show? (Read to those who cannot see it)";
        veil: "누르기 전에는 가려 두기", "Hide it until somebody taps it";
        choose: "GIF 고르기", "Choose GIFs";
        drop: "여기로 끌어다 놓거나 붙여 넣어도 돼요. 한 번에 여러 개도 괜찮아요.", "Or drop or paste them here, several at once if you like.";
        more_files: "더 고르기", "Add more";
        save_shelf: "파일로 저장", "Save to a file";
        load_shelf: "파일에서 불러오기", "Load from a file";
        stop: "멈추기", "Stop";
        not_a_shelf: "gifchat에서 저장한 파일이 아니에요.", "This is not a file that gifchat saved.";
        broken_line: "읽을 수 없는 줄이 있어요.", "A line could not be read.";
    }
}

impl Lang {
    /// A file that cannot be sent as a GIF.
    pub fn is_no_gif(self, name: &str) -> String {
        let name = kept_apart(name);
        self.pick(format!("{name}: GIF 파일이 아니에요."), format!("{name}: not a GIF file."))
    }

    /// A file without bytes.
    pub fn is_empty_file(self, name: &str) -> String {
        let name = kept_apart(name);
        self.pick(format!("{name}: 빈 파일이에요."), format!("{name}: the file is empty."))
    }

    /// The button that takes a file out again.
    pub fn leave_out(self, name: &str) -> String {
        let name = kept_apart(name);
        self.pick(format!("{name} 빼기"), format!("Leave out {name}"))
    }

    /// What the button that sends says.
    pub fn send_gifs(self, count: usize) -> String {
        match count {
            0 | 1 => self.in_room().send().to_owned(),
            _ => self.pick(format!("{count}개 전송"), format!("Send {count}")),
        }
    }

    /// How many GIFs were found.
    pub fn found_gifs(self, count: usize) -> String {
        self.pick(format!("GIF {count}개"), if count == 1 { "1 GIF".to_owned() } else { format!("{count} GIFs") })
    }

    /// How far a saved shelf has been loaded.
    pub fn loading_shelf(self, done: usize, refused: usize) -> String {
        match refused {
            0 => self.pick(format!("{done}개 불러왔어요…"), format!("{done} loaded…")),
            _ => self.pick(
                format!("{done}개 불러왔고 {refused}개는 안 됐어요…"),
                format!("{done} loaded, {refused} refused…"),
            ),
        }
    }

    pub fn loaded_shelf(self, done: usize, refused: usize) -> String {
        match refused {
            0 => self.pick(format!("{done}개를 모두 불러왔어요."), format!("All {done} loaded.")),
            _ => self.pick(
                format!("{done}개를 불러왔고 {refused}개는 안 됐어요."),
                format!("{done} loaded, {refused} refused."),
            ),
        }
    }

    pub fn waits_before_loading(self, seconds: u32) -> String {
        self.pick(
            format!("너무 빨라서 {seconds}초 기다렸다가 계속해요."),
            format!("Too fast for the server: going on in {seconds} seconds."),
        )
    }
}
