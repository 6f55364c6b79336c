// Suggests a tag for messages with certain words. Replace it with what yours does.

import { newestText, suggestion, tagger } from "./sdk/kerros/tagger.js";

export default tagger({
  tag(config, conversation) {
    const text = newestText(conversation).toLowerCase();
    const found = config.words?.filter((word) => text.includes(word)).length ?? 0;
    return found === 0 ? [] : [suggestion(config.tag, found === 1 ? 60 : 90)];
  },
});
