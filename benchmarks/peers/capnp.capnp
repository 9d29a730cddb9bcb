@0xbf5147cbbecf40c1;
struct Frame {
  body @0 :Data;
}
