"""Has texts with their entities judged by Telegram's own code, TDLib: `tdlib.py libtdjson.so`.

A line of input is {"text": "…", "entities": […]} as the Bot API takes it, a line of output what TDLib makes of it:
{"text": "…", "entities": […], "links": […]}, the links being what it finds in the text by itself, or {"error": "…"}.
"""

import ctypes
import json
import sys

KINDS = {
    "bold": "Bold",
    "italic": "Italic",
    "code": "Code",
    "blockquote": "BlockQuote",
    "expandable_blockquote": "ExpandableBlockQuote",
    "text_link": "TextUrl",
}
NAMES = {f"textEntityType{kind}": name for name, kind in KINDS.items()}
# It reads Markdown where these are; what stands in their place is a visible letter as they are.
MARKDOWN = str.maketrans("*_~|`[", "xxxxxx")


def main():
    library = ctypes.CDLL(sys.argv[1])
    library.td_execute.restype = ctypes.c_char_p
    library.td_execute.argtypes = [ctypes.c_char_p]

    def execute(request, **arguments):
        answer = library.td_execute(json.dumps({"@type": request, **arguments}).encode())
        return json.loads(answer)

    def entity_type(entity):
        url = {"url": entity["url"]} if "url" in entity else {}
        return {"@type": f"textEntityType{KINDS[entity['type']]}", **url}

    def from_tdlib(entity):
        kind = entity["type"]
        name = NAMES.get(kind["@type"], kind["@type"].removeprefix("textEntityType"))
        url = {"url": kind["url"]} if "url" in kind else {}
        return {"type": name, "offset": entity["offset"], "length": entity["length"], **url}

    def judge(body):
        # parseMarkdown puts text and entities in order as for a message before it reads Markdown.
        text = body["text"]
        entities = [{**entity, "@type": "textEntity", "type": entity_type(entity)} for entity in body["entities"]]
        for entity in entities:
            entity.pop("url", None)
        plain = {"@type": "formattedText", "text": text.translate(MARKDOWN), "entities": entities}
        made = execute("parseMarkdown", text=plain)
        if made["@type"] == "error":
            return {"error": made["message"]}
        # Where no letter went, the text stands as it was.
        is_whole = made["text"] == plain["text"]
        links = execute("getTextEntities", text=text)["entities"]
        return {
            "text": text if is_whole else made["text"],
            "entities": list(map(from_tdlib, made["entities"])),
            "links": list(map(from_tdlib, links)),
        }

    execute("setLogVerbosityLevel", new_verbosity_level=0)
    for line in sys.stdin:
        print(json.dumps(judge(json.loads(line))), flush=True)


main()
