//! A GIF in the log. It has its final size before it loads, and it does not play while it is out of sight or the person
//! does not want it to.

use chat::{Gif, RoomId};
use leptos::html::Div;
use leptos::prelude::*;

use super::icon::{self, Picture};
use super::visibility::watch_visibility;
use crate::browser;
use crate::state::site::site;

/// The largest width and height on the page, in CSS pixels.
const LONGEST_SIDE: u32 = 320;

#[component]
pub fn GifView(room: RoomId, gif: Gif, #[prop(into)] alt: String) -> impl IntoView {
    let site = site();
    let words = site.lang.in_room();
    let node = NodeRef::<Div>::new();
    // The person's own choice, whether the GIF is near the screen, and whether their system asks for less motion.
    let choice = RwSignal::new(None::<bool>);
    let near = RwSignal::new(true);
    let reduces_motion = RwSignal::new(false);
    let wanted = Memo::new(move |_| choice.get().unwrap_or(!reduces_motion.get()));
    let plays = Memo::new(move |_| wanted.get() && near.get() && site.visible.get());

    watch_visibility(node, near, None);
    Effect::new(move |_| reduces_motion.set(browser::matches("(prefers-reduced-motion: reduce)")));

    let animated = StoredValue::new(format!("/gif/{room}/{}", gif.sha));
    let address = move |plays: bool| {
        animated.with_value(|animated| if plays { animated.clone() } else { format!("{animated}/still") })
    };
    let (width, height) = shown_size(gif.width.into(), gif.height.into());
    let toggle = move |_| choice.set(Some(!wanted.get_untracked()));
    view! {
        <div class="gif" node_ref=node>
            <picture>
                // This respects the system's wish for less motion without scripts, too.
                <source
                    media="(prefers-reduced-motion: reduce)"
                    srcset=move || address(plays.get() && choice.get() == Some(true))
                />
                <img
                    src=move || address(plays.get())
                    alt=alt
                    width=width
                    height=height
                    loading="lazy"
                    decoding="async"
                />
            </picture>
            {(gif.frames > 1)
                .then(|| {
                    view! {
                        <span class="gif-mark" aria-hidden="true">"GIF"</span>
                        <button
                            type="button"
                            class="gif-toggle js"
                            class:still=move || !wanted.get()
                            aria-label=move || if wanted.get() { words.pause_gif } else { words.play_gif }
                            on:click=toggle
                        >
                            <Picture icon=icon::PAUSE/>
                            <Picture icon=icon::PLAY/>
                        </button>
                    }
                })}
        </div>
    }
}

/// The size a GIF is shown at: its own, or smaller so that it fits.
pub fn shown_size(width: u32, height: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= LONGEST_SIDE {
        return (width, height);
    }
    let fit = |side: u32| (side * LONGEST_SIDE / longest).max(1);
    (fit(width), fit(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_gifs_shrink_and_keep_their_shape() {
        assert_eq!(shown_size(320, 200), (320, 200));
        assert_eq!(shown_size(640, 480), (320, 240));
        assert_eq!(shown_size(10, 2048), (1, 320));
        assert_eq!(shown_size(1, 1), (1, 1));
    }
}
