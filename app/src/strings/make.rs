//! The words of the tab for making GIFs.

use super::{Lang, kept_apart, words};

words! {
    MakeWords, make {
        camera: "카메라로 찍기", "Use the camera";
        choose: "영상·사진·GIF 고르기", "Choose a video, pictures or a GIF";
        hint: "영상은 자르고, 사진은 이어 붙이고, 큰 GIF는 줄일 수 있어요. 고른 것은 이 기기를 떠나지 않고, 다 만든 GIF만 보내요.", "Cut a video, put pictures together, or make a large GIF smaller. What you choose stays on this device; only the GIF is sent.";
        reading: "읽는 중…", "Reading…";
        view: "카메라에 비친 모습", "What the camera sees";
        asking: "브라우저가 카메라를 써도 되는지 물어봐요. 허용해 주세요.", "Your browser asks whether this page may use the camera. Please allow it.";
        recording: "찍는 중…", "Recording…";
        turn: "다른 카메라", "Another camera";
        how_long: "길이", "Length";
        preview: "만들어질 GIF", "What the GIF will show";
        play: "재생", "Play";
        pause: "멈추기", "Pause";
        make: "GIF 만들기", "Make the GIF";
        making: "GIF를 만드는 중…", "Making the GIF…";
        edit: "편집", "Edit";
        another: "다른 것으로", "Something else";
        start: "시작", "Start";
        end: "끝", "End";
        part: "자르기", "Crop";
        whole: "전체", "All";
        place: "위치", "Position";
        speed: "속도", "Speed";
        returns: "갔다가 되돌아오기", "Forth and back";
        caption: "넣을 글자", "Words on the GIF";
        caption_place: "글자 자리", "Words at the";
        top: "위", "Top";
        bottom: "아래", "Bottom";
        size: "크기", "Size";
        small: "작게", "Small";
        medium: "보통", "Medium";
        large: "크게", "Large";
        rate: "초당 장수", "Frames per second";
        is_still: "멈춘 그림이라 움직이지 않는 GIF가 돼요. 움직이던 GIF를 복사했다면 파일로 저장해서 넣어 주세요.", "This is a still picture, so the GIF will not move. If you copied a moving GIF, save it as a file and choose that.";
        is_cut: "너무 길어서 앞부분만 읽었어요.", "It is too long, so only the beginning was read.";
        no_cameras: "이 브라우저나 주소에서는 카메라를 쓸 수 없어요. https 주소로 열거나, 찍어 둔 영상을 골라 주세요.", "The camera cannot be used in this browser or at this address. Open the page by https, or choose a video that you have.";
        no_camera: "카메라를 찾지 못했어요. 연결한 다음 다시 누르거나, 찍어 둔 영상을 골라 주세요.", "No camera was found. Connect one and try again, or choose a video that you have.";
        denied: "카메라가 허용되지 않았어요. 주소창 옆의 사이트 설정에서 카메라를 허용한 다음 다시 눌러 주세요.", "The camera was not allowed. Allow it in the site settings beside the address, then try again.";
        busy: "카메라를 열지 못했어요. 다른 앱이 쓰고 있으면 끄고 다시 눌러 주세요.", "The camera could not be opened. If another app is using it, close that and try again.";
        lost: "카메라가 끊겼어요. 다시 눌러 주세요.", "The camera was disconnected. Try again.";
        not_loaded: "GIF를 만드는 도구를 불러오지 못했어요. 연결을 확인하고 다시 해 보세요.", "What makes the GIF could not be loaded. Check the connection and try again.";
        too_large: "아무리 줄여도 보낼 수 있는 크기가 되지 않아요. 더 짧게 자르거나 작게 만들어 보세요.", "However small it is made, it is too large to send. Cut it shorter or choose a smaller size.";
        too_much: "너무 길거나 커요. 더 짧게 자르거나 작게 만들어 보세요.", "It is too long or too large. Cut it shorter or choose a smaller size.";
        memory: "이 기기에서 만들지 못했어요. 메모리가 모자랄 수 있으니 더 짧게 자르거나 작게 만들어 보세요.", "It could not be made on this device, which may lack memory. Cut it shorter or choose a smaller size.";
    }
}

impl Lang {
    /// A file that the browser cannot read.
    pub fn unreadable(self, name: &str) -> String {
        let name = kept_apart(name);
        self.pick(
            format!("{name}: 이 브라우저가 읽지 못하는 파일이에요."),
            format!("{name}: this browser cannot read the file."),
        )
    }

    /// A file was chosen together with another one, of which a GIF is made first.
    pub fn one_by_one(self, name: &str) -> String {
        let name = kept_apart(name);
        self.pick(
            format!("{name}: 영상은 한 번에 하나씩 만들 수 있어서 넣지 않았어요."),
            format!("{name}: left out, because a GIF is made of one video at a time."),
        )
    }

    /// A camera was taken away while it recorded.
    pub fn interrupted(self, millis: u32) -> String {
        let time = self.tenths(millis / 100);
        self.pick(format!("카메라가 끊겨서 {time}만 찍었어요."), format!("The camera was disconnected after {time}."))
    }

    pub fn seconds(self, seconds: u32) -> String {
        self.pick(format!("{seconds}초"), format!("{seconds} s"))
    }

    /// A time in tenths of a second.
    pub fn tenths(self, tenths: u32) -> String {
        let (seconds, tenths) = (tenths / 10, tenths % 10);
        self.pick(format!("{seconds}.{tenths}초"), format!("{seconds}.{tenths} s"))
    }

    /// The button that records.
    pub fn record(self, seconds: u32) -> String {
        self.pick(format!("{seconds}초 찍기"), format!("Record {seconds} s"))
    }

    /// A GIF that is too large to be sent is made smaller.
    pub fn fits(self, name: &str) -> String {
        let name = kept_apart(name);
        self.pick(
            format!("{name}: 너무 커서 보낼 수 있게 줄이는 중…"),
            format!("{name}: too large, so it is being made smaller…"),
        )
    }

    pub fn not_fitted(self, name: &str, why: &str) -> String {
        let name = kept_apart(name);
        self.pick(format!("{name}: 줄이지 못했어요. {why}"), format!("{name}: could not be made smaller. {why}"))
    }

    /// The size of a GIF that was made, and what was reduced for it.
    pub fn made(self, name: &str, width: u32, height: u32, bytes: &str, gave: &[String]) -> String {
        let name = kept_apart(name);
        let made = format!("{name}: {width}×{height}, {bytes}");
        if gave.is_empty() {
            return made;
        }
        let gave = gave.join(", ");
        self.pick(format!("{made}. 크기에 맞추느라 줄였어요: {gave}"), format!("{made}. To fit it has less: {gave}"))
    }

    pub fn gave_colours(self, colours: u32) -> String {
        self.pick(format!("{colours}색"), format!("{colours} colours"))
    }

    pub fn gave_rate(self, frames: u32) -> String {
        self.pick(format!("{frames}장"), format!("{frames} frames"))
    }

    pub fn gave_size(self, width: u32, height: u32) -> String {
        self.pick(format!("{width}×{height} 픽셀"), format!("{width}×{height} pixels"))
    }
}
