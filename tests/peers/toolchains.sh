# The Debian packages by which the peers in other languages are built, checked and packed.
toolchains='python3 python3-pip python3-setuptools python3-wheel black mypy python3-pyflakes
    nodejs golang-go rustc cargo rustfmt rust-clippy openjdk-17-jdk-headless maven
    libmaven-compiler-plugin-java libmaven-jar-plugin-java libmaven-resources-plugin-java
    libsurefire-java'
