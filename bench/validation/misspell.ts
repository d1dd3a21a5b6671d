/** A slip of the pen: two neighbours change places, or a letter is missing when they are all alike. */
export const misspell = (word: string): string => {
  for (let index = Math.floor(word.length / 2); index > 0; index -= 1) {
    const [left = '', right = ''] = [word[index - 1], word[index]];
    if (left === right || !/[a-z]/i.test(left) || !/[a-z]/i.test(right)) continue;
    return word.slice(0, index - 1) + right + left + word.slice(index + 1);
  }
  return `${word}x`;
};
