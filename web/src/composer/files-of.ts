/** Files of a paste. What a word processor copies is text, though it comes with a picture of it. */
export function pastedFiles(data: DataTransfer): File[] {
  if (data.types.includes('text/plain') && data.types.includes('text/html')) return [];
  return [...data.files].map(named);
}

/** A browser calls every picture of the clipboard `image.png`. */
function named(file: File): File {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const at = new Date().toLocaleString('sv').replaceAll(':', '.');
  return new File([file], file.name.replace('image', `Pasted image ${at}`), { type: file.type });
}
