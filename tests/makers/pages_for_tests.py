"""A page taken apart: ids, links, attributes, text, and whether all its tags close."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br", "input", "link", "img", "hr"}


class Page(HTMLParser):
    """Ids, links, tags and whether all tags close."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.ids, self.links, self.attributes, self.open, self.text = [], [], [], [], []
        self.faults = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        for name, value in attrs:
            self.attributes.append((tag, name, value))
            if name == "id":
                self.ids.append(value)
            if name == "href":
                self.links.append(value)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append((tag, self.getpos()))

    def handle_data(self, data):
        self.text.append(data)
