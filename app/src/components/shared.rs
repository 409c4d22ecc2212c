//! Parts of a page that look alike to many people. The server renders such a part once and keeps its HTML, because rendering is
//! most of the cost of a page. The browser renders the part as any other, and hydrates from the kept HTML.

#[cfg(feature = "ssr")]
mod kept {
    use std::hash::Hash;
    use std::sync::Arc;
    use std::time::Duration;

    use leptos::prelude::RenderHtml;
    use moka::sync::Cache;

    use crate::markup::Markup;

    /// How long a part is kept. An older one is freed when the cache is used next, so that removed messages leave the memory,
    /// too.
    const MAX_AGE: Duration = Duration::from_secs(600);

    /// The most bytes that a cache keeps.
    const MAX_BYTES: u64 = 8 * 1024 * 1024;

    /// The HTML of parts of one kind. The key is everything besides its content that decides how a part looks.
    pub struct Shared<K, C>(Cache<K, Arc<Rendered<C>>>);

    struct Rendered<C> {
        content: C,
        html: String,
    }

    impl<K: Hash + Eq + Send + Sync + 'static, C: Clone + PartialEq + Send + Sync + 'static> Shared<K, C> {
        pub fn new() -> Self {
            // The texts in the content are in the HTML as well.
            let weight = |_: &K, part: &Arc<Rendered<C>>| {
                u32::try_from(2 * part.html.len() + size_of::<(K, Rendered<C>)>()).unwrap_or(u32::MAX)
            };
            Self(Cache::builder().weigher(weight).max_capacity(MAX_BYTES).time_to_live(MAX_AGE).build())
        }

        /// The part that `render` makes from `content`: one element. A part whose content has changed is rendered anew.
        pub fn view(&self, key: K, content: C, render: impl FnOnce(C) -> Markup) -> Markup {
            if let Some(part) = self.0.get(&key).filter(|part| part.content == content) {
                return Markup::kept(part.html.clone());
            }
            let html = render(content.clone()).to_html();
            self.0.insert(key, Arc::new(Rendered { content, html: html.clone() }));
            Markup::kept(html)
        }
    }
}

#[cfg(not(feature = "ssr"))]
mod kept {
    use std::marker::PhantomData;

    use crate::markup::Markup;

    pub struct Shared<K, C>(PhantomData<fn(K, C)>);

    impl<K, C> Shared<K, C> {
        pub const fn new() -> Self {
            Self(PhantomData)
        }

        pub fn view(&self, _: K, content: C, render: impl FnOnce(C) -> Markup) -> Markup {
            render(content)
        }
    }
}

pub use kept::Shared;

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use leptos::prelude::*;

    use super::Shared;
    use crate::markup::element;

    #[test]
    fn a_part_is_rendered_once_for_each_key_and_content() {
        let shared = Shared::<u8, &str>::new();
        let mut rendered = Vec::new();
        for (key, content) in [(1, "a"), (1, "a"), (2, "a"), (1, "b"), (1, "b")] {
            let mut is_new = false;
            let html = shared.view(key, content, |content| {
                is_new = true;
                element("p").child(content)
            });
            assert_eq!(html.to_html(), format!("<p>{content}</p>"));
            rendered.push(is_new);
        }
        assert_eq!(rendered, [true, false, true, true, false]);
    }
}
